import type { Annotations, Descriptor, Platform, RunConfig, TarItem } from "@seaworthy/oci";
import type { Progress } from "./events.ts";

/** Where a `--secret` comes from. The value is read when a RUN step mounts it and reaches no key, layer or log. */
export type SecretSource = { readonly file: string } | { readonly value: string };

/** A base image made here and not pulled: the bytes are fixed by its key. */
export interface AssembledBase {
  /** Changes when any byte of the layer changes. Throws where the lock does not cover the platform. */
  key(platform: Platform): string;
  config(platform: Platform): RunConfig;
  items(platform: Platform, signal: AbortSignal): AsyncIterable<TarItem>;
}

/** Everything a build depends on. Paths are absolute. */
export interface BuildRequest {
  readonly dockerfile: { readonly path: string; readonly text: string };
  readonly context: string;
  /** `.dockerignore` text with the name to blame, where there is one. */
  readonly ignore?: { readonly path: string; readonly text: string };
  /** `--build-context NAME=`: a folder, or `docker-image://reference`. */
  readonly contexts?: Readonly<Record<string, string>>;
  readonly target?: string;
  readonly platforms: readonly Platform[];
  readonly args?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  /** Stand on the index and on every platform manifest. */
  readonly annotations?: Annotations;
  readonly secrets?: Readonly<Record<string, SecretSource>>;
  /** Names in FROM that are assembled here instead of pulled. */
  readonly bases?: Readonly<Record<string, AssembledBase>>;
  /** Seconds since 1970 given to every file this build makes; older times are kept. */
  readonly epoch: number;
  /** Seconds since 1970 for `created` in config and history. */
  readonly created: number;
  readonly noCache?: boolean;
  /** How often a RUN is run again whose last lines say that the network failed it for the moment. Default 2. */
  readonly retries?: number;
}

export interface BuildResult {
  /** The index, in the engine's layout. */
  readonly index: Descriptor;
  /** Problems that did not stop the build, each a line for people. */
  readonly warnings: readonly string[];
  /** Steps that were found in the cache, and all steps. */
  readonly steps: { readonly cached: number; readonly total: number };
}

/** Dockerfile and context in, one index digest out. Same request, same digest, on any machine. */
export interface Engine {
  build(request: BuildRequest, progress: Progress, signal: AbortSignal): Promise<BuildResult>;
}
