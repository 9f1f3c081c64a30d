/**
 * What a tag promises, and so how it may move:
 * - `release`: one version; never changes its digest
 * - `version`: the newest of a series of versions (`1.2`, `1`, a stable `latest`); moves by version
 * - `branch`: the tip of a line of commits (`main`, `latest`); moves by git ancestry
 * - `commit`: one commit; a new build of the same commit may take it
 * - `pull-request`: the last build of a pull request, which may be rewritten
 * - `scratch`: a build of changed files; anything goes
 */
export type TagKind = "release" | "version" | "branch" | "commit" | "pull-request" | "scratch";

/** Where the tags stand that name single members of what a moving tag is the newest of. */
export type Series =
  /** `<prefix><version><suffix>`, with the leading numbers that all members share: `[1, 2]` for `1.2`. */
  | {
      readonly of: "versions";
      readonly numbers: readonly number[];
      readonly prefix: string;
      readonly suffix: string;
    }
  /** `<prefix><commit id>`, the id shortened or not. */
  | { readonly of: "commits"; readonly prefix: string };

export interface PlannedTag {
  readonly tag: string;
  readonly kind: TagKind;
  readonly series?: Series;
}

export interface TagPlan {
  /** What people call this release. */
  readonly version: string;
  /** Without repository; those that name one thing first, `latest` last. */
  readonly tags: readonly string[];
  readonly moves: readonly PlannedTag[];
  /** Full commit id that the tags are to stand for. */
  readonly revision?: string;
  /** The version in full where the event is one: what moving version tags are compared by. */
  readonly release?: string;
  /** What was left out and why; for people. */
  readonly warnings: readonly string[];
}
