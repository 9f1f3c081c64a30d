/** How a run ended. `recovery` is a success after the last run on the branch failed. */
export type Outcome = "success" | "failure" | "recovery";

/** What there is to tell about one run: of a release, or of a deployment where there is an `environment`. */
export interface News {
  /** `started` is for those who show what is under way; the others wait for the end. */
  readonly outcome: Outcome | "started";
  /** Registry and repository, without tag. */
  readonly name: string;
  readonly version: string;
  /** `registry/repository@sha256:…`, where there is one already. */
  readonly reference?: string;
  /**
   * The full id people know the commit by: of a pull request its head, not the merge that a CI makes of it. Left out
   * where the files differed from the commit: nothing may be said of a commit that was not what was built.
   */
  readonly revision?: string;
  readonly branch?: string;
  readonly trigger: { readonly who: string; readonly what: string };
  /** Milliseconds since the start. */
  readonly ms: number;
  /** Those that were moved. */
  readonly tags: readonly string[];
  /** The page of the CI's run. */
  readonly runUrl?: string;
  readonly failure?: Failure;
  /** `url` is where it answers. */
  readonly environment?: { readonly name: string; readonly url?: string };
}

export interface Failure {
  /** `build`, `verify`, `publish`, … */
  readonly stage: string;
  /** In a line. */
  readonly cause: string;
  /** The last lines of output, or what else shows the cause. */
  readonly lines: readonly string[];
  /** What to do about it. */
  readonly hint?: string;
}

/** Somebody who wants to know. */
export interface Notifier {
  /** What messages call it; holds no secret. */
  readonly name: string;
  /**
   * Tells it once, and tries again where the fault is a passing one.
   * @throws SeaworthyError without a secret in it; `aborted` where the signal fired
   */
  notify(news: News, signal: AbortSignal): Promise<void>;
}
