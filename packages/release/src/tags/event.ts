/** What is known of the repository without asking anybody. */
export interface RepositoryFacts {
  /** Last part of its path. */
  readonly name?: string;
  readonly description?: string;
  /** As browsers open it. */
  readonly url?: string;
  /** SPDX id. */
  readonly license?: string;
  readonly defaultBranch?: string;
}

interface Common {
  /** As the CI calls it: `push`, `merge_request_event`; `git` where no CI said anything. */
  readonly name: string;
  /** Login of who or what started the run, where a CI says it. */
  readonly actor?: string;
  /** Full git ref: `refs/heads/main`, `refs/pull/2/merge`. Undefined on a detached head. */
  readonly ref?: string;
  /** Full commit id. */
  readonly revision?: string;
  /** Files differ from the commit. */
  readonly dirty: boolean;
  /** Seconds since 1970 of the commit. */
  readonly committed?: number;
  /** Branch a tag was pushed from or a pull request goes to, where the CI says so. */
  readonly baseRef?: string;
  readonly repository: RepositoryFacts;
}

export type BranchPush = Common & { readonly kind: "branch"; readonly branch: string };
export type TagPush = Common & { readonly kind: "tag"; readonly tag: string };
export type PullRequest = Common & {
  readonly kind: "pull-request";
  readonly number: number;
  /** Tip of the branch that is to be merged; `revision` is the merge of it, where the CI makes one. */
  readonly headRevision?: string;
  /** From another repository: no secrets, a token that only reads. */
  readonly fork: boolean;
  /** Merged or given up: there is nothing left to release. */
  readonly closed: boolean;
};
/** A clock or a person started it, on a branch. (On a tag it is a `TagPush`: the tag says what it is.) */
export type ScheduledRun = Common & { readonly kind: "schedule"; readonly branch: string };
export type ManualRun = Common & { readonly kind: "manual"; readonly branch: string };
/** Something else that runs on a commit: a release made, a merge queue, a detached head. */
export type OtherEvent = Common & { readonly kind: "other"; readonly branch?: string; readonly tag?: string };

/** Why a release runs: everything that tags, labels and records are derived from. */
export type Event = BranchPush | TagPush | PullRequest | ScheduledRun | ManualRun | OtherEvent;
