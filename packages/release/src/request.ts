import type { Descriptor, Layout, Platform, Repository } from "@seaworthy/oci";
import type { Attach } from "@seaworthy/evidence";
import type { BuildRequest, Engine, Progress } from "@seaworthy/builder";
import type { Sandbox, Snapshots } from "@seaworthy/sandbox";
import type { Source } from "./source.ts";
import type { Ancestry } from "./tags/guard/ancestry.ts";
import type { TagPlan } from "./tags/plan.ts";
import type { TagMove } from "./publish.ts";
import type { ReleaseRecord } from "./record.ts";
import type { Filed } from "./filed.ts";
import type { Examination } from "./examine/examination.ts";
import type { SourceGate } from "./gates/source-gate.ts";
import type { Gate, GateResult } from "./gates/gate.ts";
import type { StageTime } from "./stages/stage.ts";
import type { RunCommand, TestPlan, TestResult } from "./tests/test.ts";
import type { PlatformResult, VerifyConfig } from "./verify/checks.ts";

/** What one release is about. */
export interface ReleaseRequest {
  /** Registry and repository, without tag: what people pull. */
  readonly name: string;
  readonly build: BuildRequest;
  /** Must let the sources pass before anything else happens. */
  readonly sources: readonly SourceGate[];
  /** Must pass before anything is built. */
  readonly tests: TestPlan;
  readonly verify: VerifyConfig;
  /** Found out about what passed its checks; travels with it, and gates may judge by it. */
  readonly examinations: readonly Examination[];
  /** Must pass before anything leaves the machine. */
  readonly gates: readonly Gate[];
  /** Why nothing may be pushed: a pull request from a fork has a token that only reads. Undefined where it may. */
  readonly noPush?: string;
  readonly source: Source;
  readonly tags: TagPlan;
  /** Move tags also where git does not say that they go forward. */
  readonly forceTags?: boolean;
  readonly trigger: Trigger;
  readonly cannotRun: (platform: Platform) => string | undefined;
}

/** Who and what a release goes back to. */
export interface Trigger {
  readonly who: string;
  /** `push refs/heads/main`; the command, where a person typed it. */
  readonly what: string;
  /** Full id of the commit that people know: of a pull request its head. Absent where files differ from it. */
  readonly commit?: string;
}

/** What a release works with. */
export interface ReleaseTools {
  readonly engine: Engine;
  /** What the engine builds into. */
  readonly layout: Layout;
  /** Where it is published. */
  readonly repository: Repository;
  readonly sandbox: () => Sandbox;
  readonly snapshots: () => Snapshots;
  /** How commits follow each other: branch tags move by it. */
  readonly ancestry: Ancestry;
  /** Runs the repository's own commands. */
  readonly command: RunCommand;
  /** Files a statement under its subject: signed, where somebody signs. */
  readonly attach: Attach;
  /** Signs an image and its platforms by digest; nobody does where it is left out. */
  readonly sign?: (
    repository: Repository,
    image: Descriptor,
    signal: AbortSignal,
  ) => Promise<readonly Filed[]>;
  /** Signs both once more at tags of the registry, as is still asked for; gives how many signatures are new. */
  readonly signTags?: (repository: Repository, image: Descriptor, signal: AbortSignal) => Promise<number>;
  /** `.seaworthy`: logs, and which commits passed their tests. */
  readonly stateDir: string;
  readonly parallel: number;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Told of tests and gates as soon as they have answered, also where they refuse. */
  readonly onAnswers?: (answers: Answers) => void;
}

export interface Answers {
  readonly tests?: readonly TestResult[];
  readonly gates?: readonly GateResult[];
}

export interface ReleaseResult {
  readonly index: Descriptor;
  /** `registry/repository@sha256:…` */
  readonly reference: string;
  readonly version: string;
  readonly tags: readonly TagMove[];
  /** Absent where nothing was published. */
  readonly record?: ReleaseRecord;
  readonly tests: readonly TestResult[];
  readonly verification: readonly PlatformResult[];
  readonly gates: readonly GateResult[];
  /** All of this run, the record's own among them. */
  readonly stages: readonly StageTime[];
  readonly steps: { readonly cached: number; readonly total: number };
  readonly sizes: readonly { readonly platform: string; readonly size: number }[];
  readonly bytesSent: number;
  /** Why it was not published, where it was not. */
  readonly notPushed?: string;
  /** False where everything was there already and nothing was written. */
  readonly changed: boolean;
}
