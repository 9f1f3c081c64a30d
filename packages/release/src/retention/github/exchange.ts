import {
  Attempts,
  type Clock,
  RETRY_POLICY,
  type RetryEvent,
  type RetryPolicy,
  type Secret,
  collect,
  isRetryableStatus,
  networkFault,
  redact,
  throwIfAborted,
} from "@seaworthy/oci";
import type { Dispatcher } from "undici";
import { ReleaseError } from "../../error.ts";
import { limitedFor, parseAnswer, wordsOf } from "../../notify/github-answer.ts";
import { strikeOut } from "../../notify/strike-out.ts";

export interface GitHubAccess {
  /** `https://api.github.com`, or the `/api/v3` of an Enterprise server. */
  readonly apiUrl: string;
  readonly token: Secret;
  readonly clock: Clock;
  readonly retry?: Partial<RetryPolicy>;
  /** Connections, best with the proxy of the machine. Default: one of its own. */
  readonly http?: Dispatcher;
  /** Told before each wait. */
  readonly onRetry?: (event: RetryEvent) => void;
}

export interface GitHubAnswer {
  readonly status: number;
  /** JSON, as it was found. */
  readonly body: unknown;
  /** GitHub's words, without secrets. */
  readonly says: string;
  /** Address of the next page, of a list that has one. */
  readonly next?: URL;
}

/** Milliseconds. A limit that ends later is for another run: nobody pays for a job that sleeps. */
const LONGEST_WAIT = 15 * 60_000;
const POLICY: RetryPolicy = { ...RETRY_POLICY, within: 4 * LONGEST_WAIT, longestRetryAfter: LONGEST_WAIT };
/** A page of a hundred versions has a hundred thousand. */
const MOST = 4 << 20;
const TIMES = { headersTimeout: 30_000, bodyTimeout: 30_000 };

/**
 * One request to GitHub's API: waits where GitHub says so, tries again what may pass. Every other status is an answer.
 * @throws ReleaseError `retention` for a limit that ends too late, or a network that stays broken; OciError `aborted`
 */
export async function exchange(
  access: GitHubAccess,
  method: "GET" | "POST" | "DELETE",
  url: URL,
  signal: AbortSignal,
): Promise<GitHubAnswer> {
  const { clock, onRetry } = access;
  const attempts = new Attempts({ policy: { ...POLICY, ...access.retry }, clock, onRetry });
  const what = `${method} ${url.host}${url.pathname}`;
  for (;;) {
    const { answer, fault } = await once(access, { method, url, what }, signal);
    if (answer !== undefined) return answer;
    if (!fault.retryable || !(await attempts.again(fault.message, fault.wait, signal))) throw fault.error;
  }
}

interface Fault {
  readonly message: string;
  readonly retryable: boolean;
  readonly wait: number | undefined;
  readonly error: ReleaseError;
}

type Once =
  | { readonly answer: GitHubAnswer; readonly fault?: undefined }
  | { readonly answer?: undefined; readonly fault: Fault };

interface Request {
  readonly method: "GET" | "POST" | "DELETE";
  readonly url: URL;
  readonly what: string;
}

async function once(access: GitHubAccess, request: Request, signal: AbortSignal): Promise<Once> {
  const { what } = request;
  let got;
  try {
    got = await send(access, request, signal);
  } catch (error) {
    throwIfAborted(signal);
    const { says, hint, retryable } = networkFault(error);
    return { fault: faultOf(`${what}: ${says}`, { hint, retryable }) };
  }
  const { status, headers, text } = got;
  const body = parseAnswer(text);
  const says = redact(strikeOut(wordsOf(body), [access.token])).slice(0, 300);
  const now = access.clock.now();
  const wait = limitedFor({ status, headers }, says, now);
  const message = `${what}: ${status} ${says}`.trim();
  if (wait !== undefined) {
    const until = new Date(now + wait).toISOString().slice(11, 16);
    const hint = `GitHub's limit ends at ${until} UTC; run the same command again then: it continues`;
    return { fault: faultOf(message, { hint, retryable: true, wait }) };
  }
  if (isRetryableStatus(status)) return { fault: faultOf(message, { retryable: true }) };
  const next = nextOf(headers["link"], request.url);
  return { answer: { status, body, says, ...(next === undefined ? {} : { next }) } };
}

function faultOf(
  message: string,
  {
    hint,
    retryable,
    wait,
  }: { readonly hint?: string | undefined; readonly retryable: boolean; readonly wait?: number },
): Fault {
  const error = new ReleaseError("retention", message, {
    retryable,
    ...(hint === undefined ? {} : { hint }),
  });
  return { message, retryable, wait, error };
}

async function send({ token, http }: GitHubAccess, { method, url }: Request, signal: AbortSignal) {
  throwIfAborted(signal);
  // Loaded here: who has no packages on GitHub does not pay for it.
  const { request } = await import("undici");
  const headers = {
    authorization: `Bearer ${token.reveal()}`,
    accept: "application/vnd.github+json",
    "user-agent": "seaworthy",
    "x-github-api-version": "2022-11-28",
  };
  const dispatcher = http === undefined ? {} : { dispatcher: http };
  const answer = await request(url, { method, headers, signal, ...dispatcher, ...TIMES });
  const text = (await collect(answer.body, MOST, `${method} ${url.host}${url.pathname}`)).toString("utf8");
  return { status: answer.statusCode, headers: answer.headers, text };
}

/** `<https://api.github.com/…?page=2>; rel="next"`, where it leads to the same server: the token goes with it. */
function nextOf(header: string | readonly string[] | undefined, from: URL): URL | undefined {
  for (const [, target = "", relation] of [header]
    .flat()
    .join(",")
    .matchAll(/<([^<>]*)>\s*;\s*rel="(\w+)"/g)) {
    const url = relation === "next" ? URL.parse(target) : null;
    if (url?.origin === from.origin) return url;
  }
  return undefined;
}
