import type { Digest } from "@seaworthy/oci";
import type { Progress } from "@seaworthy/builder";

/** What is deployed: always a digest, which `version` only names. */
export interface DeployedImage {
  /** Registry and repository, without tag. */
  readonly name: string;
  /** Of the index. */
  readonly digest: Digest;
  readonly version: string;
  readonly revision?: string;
}

/** An image that ran well on a target. */
export interface Deployed {
  readonly image: DeployedImage;
  /** RFC 3339, since when. */
  readonly at: string;
  readonly who: string;
}

export interface Change {
  readonly service: string;
  readonly does: "create" | "update" | "keep" | "remove";
  readonly from?: Digest;
  /** Further things that people want to know of it: `port 8000`, `3 replicas`. */
  readonly note?: string;
}

export interface ServiceStatus {
  readonly name: string;
  readonly state: "healthy" | "starting" | "unhealthy" | "stopped";
  /** Of the image that is deployed, where it runs that one. */
  readonly digest?: Digest;
  /** RFC 3339. */
  readonly since?: string;
  readonly restarts: number;
  /** Where it answers, where it does: `http://127.0.0.1:8000`. */
  readonly address?: string;
  /** What is wrong with it. */
  readonly problem?: string;
}

export interface TargetStatus {
  readonly current?: Deployed;
  /** What was being applied when the last `apply` was interrupted, or is just being applied. */
  readonly pending?: DeployedImage;
  /** What ran well, the current one first; the target can go back to each of them by itself. */
  readonly good: readonly Deployed[];
  readonly services: readonly ServiceStatus[];
  /** How what runs differs from what was applied, one line each. */
  readonly drift: readonly string[];
}

export interface ApplyOptions {
  readonly who: string;
  /**
   * `rollback`: with the settings that the image had when it ran well, and without a question to a registry where the
   * target still has it. `deploy`: with those of today.
   */
  readonly as: "deploy" | "rollback";
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export interface LockOptions {
  readonly who: string;
  /** Wait for whoever deploys there; otherwise it is an error that somebody does. */
  readonly wait: boolean;
  readonly signal: AbortSignal;
}

export interface LogLine {
  readonly service: string;
  readonly text: string;
}

export interface LogOptions {
  /** All where it is left out. */
  readonly service?: string;
  /** How many of the last; what comes after follows with `follow`. */
  readonly lines: number;
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

/**
 * Where images run. One contract suite runs over all: `target.contract.ts`. Where a call is interrupted, calling it again
 * finishes what it began.
 */
export interface Target {
  readonly kind: "local" | "compose" | "kubernetes";
  /** For people and records: an address, a project, a context with its namespace. */
  readonly where: string;

  /** What its machines can run: `linux/amd64`; empty where nobody may know. */
  platforms(signal: AbortSignal): Promise<readonly string[]>;

  /** Whether it can start the image without asking a registry; undefined where it cannot know. */
  holds(image: DeployedImage, signal: AbortSignal): Promise<boolean | undefined>;

  status(signal: AbortSignal): Promise<TargetStatus>;

  /** What `apply` would change; touches nothing. */
  plan(image: DeployedImage, signal: AbortSignal): Promise<readonly Change[]>;

  /**
   * Makes it what runs, and waits until all of it is healthy and has been so for its hold time. Until then `status` has
   * it as `pending`, after that as `current` and first of `good`. What ran before keeps serving as far as the target can.
   * @throws DeployError `unhealthy` with a report for each service that is; then, or where it is aborted, `revert`
   */
  apply(image: DeployedImage, options: ApplyOptions): Promise<void>;

  /**
   * Ends what is pending and puts `current` back as it was, from what the target itself has kept. Without a current one
   * nothing runs afterwards.
   */
  revert(options: Pick<ApplyOptions, "progress" | "signal">): Promise<void>;

  /**
   * One deployment at a time: whoever else comes is refused or waits. A lock whose owner is gone does not stay.
   * @throws DeployError `locked` naming owner and time
   */
  exclusively<T>(work: (signal: AbortSignal) => Promise<T>, options: LockOptions): Promise<T>;

  logs(options: LogOptions): AsyncIterable<LogLine>;

  /** Ends everything of ours that runs there; what is known stays known. */
  stop(signal: AbortSignal): Promise<void>;
}

/** Why a deployment failed, for each service that did. */
export interface ServiceReport {
  readonly service: string;
  readonly problem: string;
  /** Last lines of its log, oldest first. */
  readonly output: readonly string[];
}
