/** As many commits as one question about HEAD tells of, in a few milliseconds. */
export const PAST_COMMITS = 1_000;

/** Of the commit that was last read. What comes before a commit never changes, so whoever has an id may use it. */
let last: readonly string[] = [];

/** @param commits a commit and the newest of those it follows, itself first */
export function rememberPast(commits: readonly string[]): void {
  last = commits;
}

/** The newest of what a commit follows, itself among them; empty where that was not read. */
export function knownPast(commit: string): readonly string[] {
  return last[0] === commit ? last : [];
}
