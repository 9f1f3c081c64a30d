import type { Readable } from "node:stream";
import {
  Attempts,
  type Clock,
  RETRY_POLICY,
  type RetryPolicy,
  isRetryableStatus,
  networkFault,
  retryAfter,
  throwIfAborted,
} from "@seaworthy/oci";
import type { Dispatcher } from "undici";
import { EvidenceError } from "../error.ts";

/** What asking over a network needs. */
export interface HttpTools {
  readonly clock: Clock;
  readonly retry?: Partial<RetryPolicy>;
  /** Connections, for a proxy. Default: each exchange has its own. */
  readonly http?: Dispatcher;
}

export interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Redirects followed; default 0. */
  readonly redirects?: number;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case; of a repeated one the first. */
  readonly header: (name: string) => string | undefined;
  /** As sent. To be read to its end, or destroyed. */
  readonly body: Readable;
}

const TIMES = { headersTimeout: 60_000, bodyTimeout: 60_000 };

/**
 * One exchange, again from its start where a fault is a passing one: no connection, an answer cut off, 429, 5xx.
 * @param read what is made of the answer; it may be called again for a second one
 * @throws EvidenceError `unreachable`; OciError `aborted`; what `read` throws
 */
export async function exchange<T>(
  request: HttpRequest,
  tools: HttpTools,
  signal: AbortSignal,
  read: (answer: HttpAnswer) => Promise<T>,
): Promise<T> {
  const attempts = new Attempts({ policy: { ...RETRY_POLICY, ...tools.retry }, clock: tools.clock });
  for (;;) {
    const outcome = await once(request, tools, signal, read);
    if ("value" in outcome) return outcome.value;
    const { error, wait } = outcome;
    if (!error.retryable || !(await attempts.again(error.message, wait, signal))) throw error;
  }
}

type Outcome<T> =
  | { readonly value: T }
  | { readonly error: EvidenceError; readonly wait?: number | undefined };

async function once<T>(
  request: HttpRequest,
  tools: HttpTools,
  signal: AbortSignal,
  read: (answer: HttpAnswer) => Promise<T>,
): Promise<Outcome<T>> {
  throwIfAborted(signal);
  // Loaded here: who asks nobody does not pay for it.
  const { Agent, interceptors } = await import("undici");
  const own =
    tools.http === undefined ? new Agent({ allowH2: false, connect: { timeout: 10_000 } }) : undefined;
  const dispatcher = (tools.http ?? own!).compose(
    interceptors.redirect({ maxRedirections: request.redirects ?? 0 }),
  );
  try {
    const answer = await send(request, dispatcher, signal);
    if ("error" in answer) return answer;
    if (isRetryableStatus(answer.status)) {
      answer.body.destroy();
      const wait = retryAfter(answer.header("retry-after"), tools.clock.now());
      return { error: unreachable(request, String(answer.status), true), wait };
    }
    return await readFrom(answer, request, signal, read);
  } finally {
    await own?.destroy();
  }
}

async function send(
  { method, url, headers, body }: HttpRequest,
  dispatcher: Dispatcher,
  signal: AbortSignal,
): Promise<HttpAnswer | { readonly error: EvidenceError }> {
  const { request } = await import("undici");
  try {
    const answer = await request(url, {
      method,
      dispatcher,
      signal,
      ...TIMES,
      headers: { "user-agent": "seaworthy", ...headers },
      body: body ?? null,
    });
    // A body that is cut, by the network or by us, is nobody's crash: whoever reads it hears of it.
    answer.body.on("error", () => {});
    const header = (name: string): string | undefined => [answer.headers[name]].flat()[0];
    return { status: answer.statusCode, header, body: answer.body };
  } catch (error) {
    throwIfAborted(signal);
    return { error: lost({ method, url }, error) };
  }
}

/** A fault of the connection is one of the exchange; whatever else `read` throws is its caller's. */
async function readFrom<T>(
  answer: HttpAnswer,
  request: HttpRequest,
  signal: AbortSignal,
  read: (answer: HttpAnswer) => Promise<T>,
): Promise<Outcome<T>> {
  let fault: unknown;
  answer.body.on("error", (error) => (fault = error));
  try {
    return { value: await read(answer) };
  } catch (error) {
    throwIfAborted(signal);
    if (fault === undefined || fault !== error) throw error;
    return { error: lost(request, error) };
  } finally {
    answer.body.destroy();
  }
}

function lost(request: Pick<HttpRequest, "method" | "url">, error: unknown): EvidenceError {
  const { says, hint, retryable } = networkFault(error);
  return unreachable(request, says, retryable, hint);
}

/** Without the query and without the cause: either may hold a token. */
function unreachable(
  { method, url }: Pick<HttpRequest, "method" | "url">,
  says: string,
  retryable: boolean,
  hint?: string,
): EvidenceError {
  const details = hint === undefined ? { retryable } : { retryable, hint };
  return new EvidenceError("unreachable", `${method} ${url.host}${url.pathname}: ${says}`, details);
}
