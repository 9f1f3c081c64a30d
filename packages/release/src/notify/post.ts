import {
  type Secret,
  isRetryableStatus,
  networkFault,
  redact,
  retryAfter,
  throwIfAborted,
} from "@seaworthy/oci";
import type { Dispatcher } from "undici";
import { type NotifyTools, persist } from "./persist.ts";
import { strikeOut } from "./strike-out.ts";
import { Undelivered } from "./undelivered.ts";

/** A POST of JSON. */
export interface Post {
  /** What messages call it: the address may be a secret. */
  readonly to: string;
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Struck out of what messages repeat of an answer: servers like to quote what they were sent. */
  readonly secrets: readonly Secret[];
  /** Reads what this service means by an answer that is not 2xx. */
  readonly read?: (answer: Answer, now: number) => Partial<Refusal>;
}

export interface Answer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Its first 64 KiB. */
  readonly text: string;
}

export interface Refusal {
  readonly says: string;
  readonly hint: string;
  /** Milliseconds until another try makes sense, where the status alone does not say that one does. */
  readonly wait: number;
}

const MOST_OF_ANSWER = 64 * 1024;
const TIMES = { headersTimeout: 10_000, bodyTimeout: 10_000 };

/**
 * Sends it, again where the fault is a passing one: the receiver may see it twice where a connection broke.
 * @throws Undelivered; OciError `aborted`
 */
export function post(request: Post, tools: NotifyTools, signal: AbortSignal): Promise<Answer> {
  return persist(
    async () => {
      const answer = await send(request, tools, signal);
      if (answer.status < 200 || answer.status > 299) throw refused(request, answer, tools.clock.now());
      return answer;
    },
    tools,
    signal,
  );
}

async function send(
  { to, url, headers, body }: Post,
  tools: NotifyTools,
  signal: AbortSignal,
): Promise<Answer> {
  throwIfAborted(signal);
  // Loaded here: who has nobody to tell does not pay for it.
  const { Agent, request } = await import("undici");
  const dispatcher = tools.http ?? new Agent({ allowH2: false, pipelining: 0, connect: { timeout: 10_000 } });
  try {
    const options = { method: "POST", dispatcher, signal, body, ...TIMES } as const;
    const own = { "content-type": "application/json; charset=utf-8", "user-agent": "seaworthy" };
    const answer = await request(url, { ...options, headers: { ...headers, ...own } });
    return { status: answer.statusCode, headers: answer.headers, text: await headOf(answer.body) };
  } catch (error) {
    throwIfAborted(signal);
    const { says, hint, retryable } = networkFault(error);
    // The cause stays behind: what undici throws may name the address.
    throw new Undelivered(`${to}: ${says}`, { retryable, ...(hint === undefined ? {} : { hint }) });
  }
}

/** An answer whose end is lost has been given all the same: its status stands. */
async function headOf(body: Dispatcher.ResponseData["body"]): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= MOST_OF_ANSWER) break;
    }
  } catch {}
  return Buffer.concat(chunks).toString("utf8", 0, MOST_OF_ANSWER);
}

function refused({ to, url, secrets, read }: Post, answer: Answer, now: number): Undelivered {
  const { status } = answer;
  const { says = "", hint, wait } = { ...redirection(answer, url), ...read?.(answer, now) };
  const words = [String(status), redact(strikeOut(says, secrets))].filter((word) => word !== "").join(" ");
  const retryable = isRetryableStatus(status) || wait !== undefined;
  const after = retryAfter(headerOf(answer, "retry-after"), now) ?? wait;
  return new Undelivered(`${to}: ${words}`, { retryable, ...(hint === undefined ? {} : { hint }) }, after);
}

/** Not followed: what is sent is meant for the address that was given. */
function redirection(answer: Answer, from: URL): Partial<Refusal> {
  const location = headerOf(answer, "location");
  if (answer.status < 300 || answer.status > 399 || location === undefined) return {};
  if (!URL.canParse(location, from.href)) return {};
  const says = `redirects to ${new URL(location, from).host}`;
  return { says, hint: "give the address it redirects to" };
}

export function headerOf({ headers }: Pick<Answer, "headers">, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" ? value : value?.[0];
}
