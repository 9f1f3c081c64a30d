import type { Dockerfile } from "@seaworthy/dockerfile";
import type { Platform } from "@seaworthy/oci";
import type { Sandbox, Snapshots } from "@seaworthy/sandbox";
import type { BuildRequest } from "../engine.ts";
import type { Progress } from "../events.ts";
import type { Pull } from "./base.ts";
import type { FileTree } from "./file-tree.ts";
import type { Layers } from "./layers.ts";
import type { Records } from "./records.ts";
import type { Trust } from "./trust.ts";
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
  /** Why a platform cannot execute here, or undefined where it can. */
  readonly cannotRun: (platform: Platform) => string | undefined;
  readonly context: FileTree;
  readonly namedContext: (name: string) => FileTree | undefined;
  readonly pull: Pull;
  readonly trust: () => Trust;
  /** Proxy variables of the machine, given to RUN and kept out of the image. */
  readonly proxies: Readonly<Record<string, string>>;
  /** Scratch and cache mounts; absolute. */
  readonly dirs: { readonly mounts: string; readonly scratch: string };
  /** At most as many RUN steps at once as there are processors. */
  readonly limit: <T>(work: () => Promise<T>) => Promise<T>;
  /** One RUN per key at a time, whoever asks. */
  readonly once: (key: string, work: () => Promise<void>) => Promise<void>;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** A stage by number or name, an image by reference: for COPY --from and RUN --mount=from. */
  readonly source: (from: string, state: StageState) => Promise<StageState | FileTree>;
}
