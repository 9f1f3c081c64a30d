import { type News, type Notifier, failureOf, notifyAll } from "@seaworthy/release";
import type { RunReport } from "../ci/report.ts";

/** What is known of a run when it begins. */
export type RunFacts = Pick<News, "name" | "version" | "revision" | "branch" | "trigger" | "runUrl">;

export interface AnnouncementTools {
  readonly notifiers: readonly Notifier[];
  readonly warn: (message: string) => void;
  /** Whether the last run on this branch failed: then a success is a recovery. */
  readonly failedBefore: () => Promise<boolean>;
  readonly signal: AbortSignal;
}

/** Tells those who want to know that a run has begun and how it ended. Nothing here fails a release. */
export interface Announcement {
  ended(run: RunReport): Promise<void>;
}

/** Nobody waits for the first word: it is on its way while the work goes on, and is there before the last one. */
export function announce(facts: RunFacts, tools: AnnouncementTools): Announcement {
  const tell = (news: News): Promise<void> =>
    notifyAll(tools.notifiers, news, {
      signal: tools.signal,
      onProblem: ({ message, hint }) => tools.warn(hint === undefined ? message : `${message}; ${hint}`),
    });
  const begun = tell({ ...facts, outcome: "started", ms: 0, tags: [] });
  return {
    async ended(run) {
      await begun;
      await tell(await newsOf(facts, run, tools.failedBefore));
    },
  };
}

async function newsOf(
  facts: RunFacts,
  { outcome, ms, seen }: RunReport,
  failedBefore: () => Promise<boolean>,
): Promise<News> {
  const common = { ...facts, ms };
  if (outcome.is === "failed") {
    const failed = seen.failures[0];
    const failure = failureOf(failed?.stage ?? "before the first stage", outcome.error);
    const lines = failure.lines.length > 0 ? failure.lines : (failed?.lastLines ?? []);
    return { ...common, outcome: "failure", tags: [], failure: { ...failure, lines } };
  }
  const { reference, tags } = outcome.release;
  return {
    ...common,
    reference,
    outcome: (await failedBefore()) ? "recovery" : "success",
    tags: tags.filter(({ from, to }) => from !== to).map(({ tag }) => tag),
  };
}
