import type { Dockerfile } from "@seaworthy/dockerfile";
import type { Clock, Place, Platform } from "@seaworthy/oci";
import type { FileCalls, Sandbox, Snapshots } from "@seaworthy/sandbox";
import type { BuildRequest } from "../engine.ts";
import type { Progress } from "../events.ts";
import type { FileTree } from "./files/file-tree.ts";
import type { Pull } from "./image/base.ts";
import type { Layer } from "./image/layer.ts";
import type { Layers } from "./image/layers.ts";
import type { Records } from "./records.ts";
import type { Trust } from "./run/trust.ts";
import type { StageState } from "./state.ts";

/** What every step of one build works with. */
export interface Shop {
  readonly request: BuildRequest;
  readonly file: Dockerfile;
  readonly buildPlatform: Platform;
  readonly layers: Layers;
  readonly records: Records;
  readonly snapshots: () => Snapshots;
  readonly sandbox: () => Sandbox;
  /** Loads native code on first use. */
  readonly files: () => FileCalls;
  /** Why a platform cannot execute here, or undefined where it can. */
  readonly cannotRun: (platform: Platform) => string | undefined;
  readonly context: FileTree;
  readonly namedContext: (name: string) => FileTree | undefined;
  readonly pull: Pull;
  readonly trust: () => Trust;
  /** Proxy variables of the machine and of the build arguments, given to RUN and kept out of image and keys. */
  readonly proxies: Readonly<Record<string, string>>;
  /** Cache mounts; absolute. */
  readonly mountsDir: string;
  /** At most as many RUN steps at once as there are processors. */
  readonly limit: <T>(work: () => Promise<T>) => Promise<T>;
  /** The outcome of each RUN of this build by its key: whoever asks second gets the same one. */
  readonly runs: (key: string, work: () => Promise<RunOutcome>) => Promise<RunOutcome>;
  /** Digests of a stage's files by path, for as long as the build goes on. */
  readonly stageHashes: (layers: string) => Map<string, string>;
  /** For waits between two runs of a step. */
  readonly clock: Clock;
  readonly warn: (message: string, place?: Place) => void;
  readonly progress: Progress;
  /** Fires when the build is to end: stopped from outside, or because another part of it failed. */
  readonly signal: AbortSignal;
  /** A stage by number or name, an image by reference: for COPY --from and RUN --mount=from. */
  readonly source: (from: string) => Promise<StageState | FileTree>;
}

export interface RunOutcome {
  readonly id: string;
  readonly cached: boolean;
}

/** What an instruction that changes files comes to. */
export interface Made {
  readonly layer: Layer;
  readonly cached: boolean;
}
