import type { Event } from "../event.ts";

export type MayPush = { readonly push: true } | { readonly push: false; readonly reason: string };

const DEPENDABOT = "dependabot[bot]";
/** Runs of these that Dependabot starts have a token that only reads, and no secrets, whoever runs them again. */
const READ_ONLY: ReadonlySet<string> = new Set([
  "create",
  "deployment",
  "deployment_status",
  "pull_request",
  "pull_request_review",
  "pull_request_review_comment",
  "pull_request_target",
  "push",
]);

/**
 * Whether what an event builds may leave the machine. Code that nobody here has let in is built, verified and reported,
 * and pushed nowhere: most such runs have no right to, and where one has (`pull_request_target`), it must not be used.
 */
export function mayPush(event: Event): MayPush {
  if (event.kind === "pull-request" && event.fork) {
    return { push: false, reason: `pull request ${event.number} comes from a fork` };
  }
  if (event.actor === DEPENDABOT && READ_ONLY.has(event.name)) {
    return { push: false, reason: "Dependabot started this run, so its token only reads" };
  }
  return { push: true };
}
