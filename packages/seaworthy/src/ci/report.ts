import type { Scanned } from "@seaworthy/evidence/vulnerabilities";
import type { Place } from "@seaworthy/oci";

/** What happened in one run, for people who were not there. Times in milliseconds, starts since the run began. */
export interface RunReport {
  /** Absolute folder that places are named from. */
  readonly root: string;
  readonly outcome: Outcome;
  readonly ms: number;
  readonly seen: Seen;
  /** Of the gate before the build. */
  readonly tests?: readonly TestLine[];
  readonly gates?: readonly GateLine[];
  /** Each platform's, as the gate judged them. */
  readonly scans?: readonly Scanned[];
}

export type Outcome =
  | { readonly is: "released"; readonly release: Released }
  | { readonly is: "failed"; readonly error: unknown };

export interface Released {
  /** `registry/repository@sha256:…` */
  readonly reference: string;
  readonly version: string;
  readonly platforms: readonly PlatformLine[];
  readonly tags: readonly TagLine[];
  readonly bytesSent: number;
  /** False where everything was there already. */
  readonly changed: boolean;
  /** Why nothing was pushed, where nothing was. */
  readonly notPushed?: string;
}

export interface PlatformLine {
  readonly platform: string;
  /** Compressed bytes. */
  readonly size: number;
  /** Of the release before. */
  readonly sizeBefore?: number;
  readonly verify: "passed" | "failed" | "not-run";
  /** Why it was not run. */
  readonly reason?: string;
  readonly startMs?: number;
  /** Bytes. */
  readonly memory?: number;
}

export interface TagLine {
  readonly tag: string;
  /** Digest before; absent where the tag is new. */
  readonly from?: string;
  readonly to: string;
  /** Why it moved, or stayed. */
  readonly reason?: string;
}

export interface TestLine {
  readonly name: string;
  readonly status: "passed" | "failed" | "not-run";
  readonly ms: number;
}

export interface GateLine {
  readonly name: string;
  readonly status: "passed" | "refused" | "skipped";
  readonly found: string;
  readonly allowed: string;
  readonly hint?: string;
}

/** What the steps of a run said while they ran; bounded. */
export interface Seen {
  readonly stages: readonly Span[];
  readonly steps: readonly StepSpan[];
  readonly warnings: readonly Notice[];
  /** Those whose own work failed, not those that they were part of. */
  readonly failures: readonly FailedStep[];
}

export interface Span {
  readonly name: string;
  readonly start: number;
  readonly ms: number;
  readonly status: "done" | "cached" | "skipped" | "failed";
  readonly note?: string;
}

export interface StepSpan extends Span {
  /** Name of the stage it belongs to. */
  readonly stage: string;
}

export interface FailedStep extends StepSpan {
  /** The end of its output. */
  readonly lastLines: readonly string[];
}

export interface Notice {
  readonly message: string;
  readonly place?: Place;
}
