import { setTimeout as delay } from "node:timers/promises";
import { throwIfAborted } from "./stream/abortable.ts";

/** Time and chance, as parameters. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Ends early, without an error, when the signal fires. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** 0 ≤ x < 1 */
  random(): number;
}

export const systemClock: Clock = {
  now: Date.now,
  random: Math.random,
  // Being stopped ends the wait; who waited looks at the signal.
  sleep: (milliseconds, signal) =>
    delay(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => {}),
};

/** Milliseconds throughout. */
export interface RetryPolicy {
  readonly attempts: number;
  readonly firstDelay: number;
  readonly longestDelay: number;
  /** Of all waits together. What an attempt itself takes does not count: a large upload may break late. */
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
  #made = 0;
  #waited = 0;

  constructor(retrying: Retrying) {
    this.#retrying = retrying;
  }

  /** Attempts that failed. */
  get made(): number {
    return this.#made;
  }

  /** Progress was made: what failed before no longer counts. */
  reset(): void {
    this.#made = 0;
    this.#waited = 0;
  }

  /**
   * Waits where there is to be another attempt.
   * @param wait at least so many milliseconds, as `Retry-After` asks; chance comes on top, as others were told the same
   * @throws OciError `aborted`
   */
  async again(reason: string, wait: number | undefined, signal: AbortSignal | undefined): Promise<boolean> {
    const { policy, clock, onRetry } = this.#retrying;
    const attempt = ++this.#made;
    throwIfAborted(signal);
    if (attempt >= policy.attempts) return false;
    if (wait !== undefined && wait > policy.longestRetryAfter) return false;
    const pause = (wait ?? 0) + backoff(attempt, policy, clock);
    if (this.#waited + pause > policy.within) return false;
    this.#waited += pause;
    onRetry?.({ reason, attempt, delay: pause });
    await clock.sleep(pause, signal);
    throwIfAborted(signal);
    return true;
  }
}
