import type { News, Notifier } from "./notifier.ts";

/** Passes on the news of these outcomes alone. */
export function only(notifier: Notifier, outcomes: readonly News["outcome"][]): Notifier {
  return {
    name: notifier.name,
    async notify(news, signal) {
      if (outcomes.includes(news.outcome)) await notifier.notify(news, signal);
    },
  };
}
