import type { GitHubClient } from "./github-client.ts";
import type { News, Notifier } from "./notifier.ts";
import { duration, reason, shorten } from "./text.ts";

/** GitHub answers 422 to more. */
export const LONGEST_DESCRIPTION = 140;

/**
 * The mark beside a commit: context `seaworthy`, of a deployment `seaworthy/<environment>`, so that one does not hide
 * the other. News without a revision has no commit to mark. A run that was stopped leaves its mark pending until the
 * next one.
 */
export function githubStatus(client: GitHubClient): Notifier {
  return {
    name: `github status ${client.repository}`,
    async notify(news, signal) {
      const { revision, environment, runUrl } = news;
      if (revision === undefined) return;
      const body = {
        state: stateOf(news),
        context: environment === undefined ? "seaworthy" : `seaworthy/${environment.name}`,
        description: describe(news),
        ...(runUrl === undefined ? {} : { target_url: runUrl }),
      };
      const path = `statuses/${encodeURIComponent(revision)}`;
      await client.post({ path, body, permission: "statuses" }, signal);
    },
  };
}

function stateOf({ outcome }: News): "pending" | "success" | "failure" {
  switch (outcome) {
    case "started":
      return "pending";
    case "success":
    case "recovery":
      return "success";
    case "failure":
      return "failure";
  }
}

/** GitHub shows it behind the context's name, which says what it is about. */
export function describe({ outcome, version, failure, ms }: News): string {
  const done = `${version} in ${duration(ms)}`;
  const text = {
    started: version,
    success: done,
    recovery: `recovered: ${done}`,
    failure: failure === undefined ? done : `${version} failed at ${reason(failure)}`,
  }[outcome];
  return shorten(text, LONGEST_DESCRIPTION);
}
