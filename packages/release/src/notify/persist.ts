import { Attempts, type Clock, RETRY_POLICY, type RetryPolicy, type Secret } from "@seaworthy/oci";
import type { Dispatcher } from "undici";
import { Undelivered } from "./undelivered.ts";

/** What notifiers work with. */
export interface NotifyTools {
  readonly clock: Clock;
  /** Struck out of everything that is told, besides the notifier's own secrets. */
  readonly secrets?: readonly Secret[];
  readonly retry?: Partial<RetryPolicy>;
  /** Connections, for a proxy. Default: each message has its own. */
  readonly http?: Dispatcher;
}

/** Somebody waits for the release to end: what is not told in half a minute is not worth more of their time. */
const POLICY: RetryPolicy = { ...RETRY_POLICY, attempts: 4, within: 20_000, longestRetryAfter: 20_000 };

/**
 * Tries until it is done, refused for good, or not worth the wait.
 * @throws what the last try threw; OciError `aborted`
 */
export async function persist<T>(
  attempt: () => Promise<T>,
  { clock, retry }: Pick<NotifyTools, "clock" | "retry">,
  signal: AbortSignal,
): Promise<T> {
  const attempts = new Attempts({ policy: { ...POLICY, ...retry }, clock });
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Undelivered) || !error.retryable) throw error;
      if (!(await attempts.again(error.message, error.wait, signal))) throw error;
    }
  }
}
