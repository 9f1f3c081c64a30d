import { SeaworthyError } from "@seaworthy/oci";
import { ReleaseError } from "../error.ts";
import type { News, Notifier } from "./notifier.ts";

export interface NotifyOptions {
  /** Told of each notifier that did not get through; its message starts with the notifier's name or what it called. */
  readonly onProblem: (problem: SeaworthyError) => void;
  /** Milliseconds for each. Default 30 000. */
  readonly timeout?: number;
  readonly signal: AbortSignal;
}

/**
 * Tells all of them at once, each within its own time. One that fails is a problem to be shown and nothing more: this
 * never throws. A run that was interrupted is no news: whoever did it knows, so nothing is sent once the signal fired.
 */
export async function notifyAll(
  notifiers: readonly Notifier[],
  news: News,
  { onProblem, timeout = 30_000, signal }: NotifyOptions,
): Promise<void> {
  if (signal.aborted) return;
  const told = notifiers.map(async (notifier) => {
    const time = AbortSignal.timeout(timeout);
    try {
      await within(AbortSignal.any([signal, time]), (both) => notifier.notify(news, both));
    } catch (error) {
      if (!signal.aborted) onProblem(problemOf(notifier, error, time.aborted ? timeout : undefined));
    }
  });
  await Promise.all(told);
}

/** Not longer than until the signal fires, whether the work heeds it or not. */
async function within(signal: AbortSignal, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const fired = Promise.withResolvers<never>();
  const stop = (): void => fired.reject(signal.reason as Error);
  signal.addEventListener("abort", stop, { once: true });
  try {
    await Promise.race([work(signal), fired.promise]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** What is no error of ours has not been checked for secrets, so it is named and not quoted. */
function problemOf({ name }: Notifier, error: unknown, timeout: number | undefined): SeaworthyError {
  if (timeout !== undefined) {
    return new ReleaseError("notify-failed", `${name}: not told within ${timeout / 1000} s`, {
      retryable: true,
    });
  }
  if (error instanceof SeaworthyError) return error;
  const kind = error instanceof Error ? error.name : typeof error;
  return new ReleaseError("notify-failed", `${name}: stopped by a fault of seaworthy itself (${kind})`);
}
