import type { ReleasedRun, Run } from "./run.ts";

/**
 * What this machine knows of releases without asking a registry: a cache, which may be deleted at any time, and may lag
 * behind what others release elsewhere. The registry is the database.
 */
export interface RecordIndex {
  /** The same run twice is one. */
  add(run: Run): Promise<void>;

  /** Newest first. */
  list(filter: RunFilter): Promise<readonly Run[]>;

  /**
   * How the run ended that was added last: what tells a recovery from one more success. Undefined where none was added
   * here.
   * @param branch undefined: those of no branch
   */
  lastOutcome(name: string, branch: string | undefined): Promise<Run["outcome"] | undefined>;

  /**
   * In place of all releases of an image, at once or not at all, what its registry was asked for at `readAt`
   * (milliseconds since 1970). Failures stay, and so does what was added since.
   */
  replace(name: string, releases: readonly ReleasedRun[], readAt: number): Promise<void>;

  /** When the registry was asked last for all of an image; undefined where it never was, and releases may be missing. */
  readAt(name: string): Promise<number | undefined>;
}

export interface RunFilter {
  readonly name: string;
  readonly branch?: string;
  readonly outcome?: Run["outcome"];
  readonly limit?: number;
}
