import type { Event } from "../event.ts";

export type MayPush = { readonly push: true } | { readonly push: false; readonly reason: string };

const DEPENDABOT = "dependabot[bot]";
/**
 * Whether what an event builds may leave the machine. Code that nobody here has let in is built, verified and reported,
 * and pushed nowhere: most such runs have no right to, and where one has (`pull_request_target`), it must not be used.
 */
export function mayPush(event: Event): MayPush {
  if (event.kind === "pull-request" && event.fork) {
    return { push: false, reason: `pull request ${event.number} comes from a fork` };
  }
  if (event.actor === DEPENDABOT && isProposal(event)) {
    return { push: false, reason: "Dependabot proposes this, and nobody has let it in yet" };
  }
  return { push: true };
}

/** What it pushes elsewhere is a pull request that somebody told it to merge. */
function isProposal(event: Event): boolean {
  const branch = ("branch" in event ? event.branch : undefined) ?? "";
  return event.kind === "pull-request" || branch.startsWith("dependabot/");
}
