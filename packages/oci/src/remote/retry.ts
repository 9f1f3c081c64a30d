import { OciError } from "../error.ts";
import { throwIfAborted } from "../stream/abortable.ts";
import { discard } from "./transport.ts";
import type { RegistryRequest, RegistryResponse, Transport } from "./transport.ts";

/** Time and chance, as parameters. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Ends early, without an error, when the signal fires. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** 0 ≤ x < 1 */
  random(): number;
}

/** Milliseconds throughout. */
export interface RetryPolicy {
  readonly attempts: number;
  readonly firstDelay: number;
  readonly longestDelay: number;
  /** No new attempt starts later than this after the first. */
  readonly within: number;
  /** A `Retry-After` longer than this is not waited for. */
  readonly longestRetryAfter: number;
}

export const RETRY_POLICY: RetryPolicy = {
  attempts: 5,
  firstDelay: 250,
  longestDelay: 10_000,
  within: 180_000,
  longestRetryAfter: 60_000,
};

export interface RetryEvent {
  /** What went wrong, in a line. */
  readonly reason: string;
  /** The attempt that failed; the first is 1. */
  readonly attempt: number;
  /** Milliseconds until the next. */
  readonly delay: number;
}

export interface Retrying {
  readonly policy: RetryPolicy;
  readonly clock: Clock;
  readonly onRetry?: ((event: RetryEvent) => void) | undefined;
}

/** 501 and 505 are 5xx that no waiting will cure. */
export function isRetryableStatus(status: number): boolean {
  if (status === 408 || status === 425 || status === 429) return true;
  return status >= 500 && status !== 501 && status !== 505;
}

/** `Retry-After` in milliseconds: seconds or an HTTP date (RFC 9110, 10.2.3). */
export function retryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  // Date.parse takes much for a date that is none, as "-5".
  const date = /^[A-Z][a-z]{2},? /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** Exponential, with full jitter: clients that failed together do not come back together. */
export function backoff(attempt: number, policy: RetryPolicy, clock: Pick<Clock, "random">): number {
  return Math.round(clock.random() * Math.min(policy.longestDelay, policy.firstDelay * 2 ** (attempt - 1)));
}

/**
 * Counts attempts of one operation. `again` waits and says whether there is to be another.
 * Not p-retry: that has neither `Retry-After` nor full jitter, and takes clock and chance from the process.
 */
export class Attempts {
  readonly #retrying: Retrying;
  #started: number;
  #made = 0;

  constructor(retrying: Retrying) {
    this.#retrying = retrying;
    this.#started = retrying.clock.now();
  }

  /** Progress was made: what failed before no longer counts. */
  reset(): void {
    this.#made = 0;
    this.#started = this.#retrying.clock.now();
  }

  /**
   * Waits where there is to be another attempt.
   * @param wait at least so many milliseconds
   * @throws OciError `aborted`
   */
  async again(reason: string, wait: number | undefined, signal: AbortSignal | undefined): Promise<boolean> {
    const { policy, clock, onRetry } = this.#retrying;
    const attempt = ++this.#made;
    throwIfAborted(signal);
    if (attempt >= policy.attempts) return false;
    if (wait !== undefined && wait > policy.longestRetryAfter) return false;
    const delay = Math.max(wait ?? 0, backoff(attempt, policy, clock));
    if (clock.now() + delay - this.#started > policy.within) return false;
    onRetry?.({ reason, attempt, delay });
    await clock.sleep(delay, signal);
    throwIfAborted(signal);
    return true;
  }
}

/** Sends again what failed for a passing reason. The last answer is returned, the last fault thrown. */
export function retryTransport(inner: Transport, retrying: Retrying): Transport {
  return {
    async send(request: RegistryRequest): Promise<RegistryResponse> {
      const attempts = new Attempts(retrying);
      for (;;) {
        const outcome = await sendOnce(inner, request);
        if (!("retry" in outcome)) return outcome;
        const wait = retryAfter(outcome.response?.headers["retry-after"], retrying.clock.now());
        if (await attempts.again(outcome.retry, wait, request.signal)) {
          if (outcome.response !== undefined) discard(outcome.response);
          continue;
        }
        if (outcome.response === undefined) throw outcome.error;
        return outcome.response;
      }
    },
  };
}

type Failed =
  | { readonly retry: string; readonly response: RegistryResponse; readonly error?: undefined }
  | { readonly retry: string; readonly response?: undefined; readonly error: OciError };

async function sendOnce(inner: Transport, request: RegistryRequest): Promise<RegistryResponse | Failed> {
  try {
    const response = await inner.send(request);
    if (!isRetryableStatus(response.status)) return response;
    return { retry: `${request.method} ${request.url.host}: ${response.status}`, response };
  } catch (error) {
    if (!(error instanceof OciError) || !error.retryable) throw error;
    return { retry: error.message, error };
  }
}
