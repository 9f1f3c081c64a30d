import type { Dockerfile, Range } from "@seaworthy/dockerfile";
import type { History, Platform, RunConfig } from "@seaworthy/oci";
import type { Base } from "./image/base.ts";
import type { Layer } from "./image/layer.ts";

/** One entry of the image's history; a layer where the instruction made one. */
export interface StageStep {
  readonly history: History;
  readonly layer?: Layer;
  /** The instruction to blame for what is in the layer; absent for layers of a base. */
  readonly origin?: Origin;
}

export interface Origin {
  readonly file: Dockerfile;
  readonly range: Range;
}

/** A stage after some of its instructions. Every instruction gives a new value. */
export interface StageState {
  readonly platform: Platform;
  readonly config: RunConfig;
  readonly author?: string;
  readonly layers: readonly Layer[];
  readonly steps: readonly StageStep[];
  /**
   * What `$NAME` means at this point and RUN sees: of ENV and ARG the later one wins (Dockerfile reference, "Using ARG
   * variables"). Stages hand it on to those that start from them.
   */
  readonly variables: ReadonlyMap<string, string>;
  /** True after a CMD of this stage: an ENTRYPOINT drops only a CMD it inherited. */
  readonly ownCommand: boolean;
}

export const DEFAULT_SHELL: readonly string[] = ["/bin/sh", "-c"];
export const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export function stateOf(base: Base, platform: Platform): StageState {
  const left = [...base.layers];
  const steps = base.history.map((history) => {
    const layer = history.empty_layer === true ? undefined : left.shift();
    return layer === undefined ? { history } : { history, layer };
  });
  return {
    platform,
    config: base.config,
    layers: base.layers,
    steps,
    variables: envOf(base.config),
    ownCommand: false,
  };
}

/** What a stage starts from that says `FROM` another. */
export function inherit(before: StageState, platform: Platform): StageState {
  const { OnBuild: _, ...config } = before.config;
  // Over an ARG that shadowed it, an ENV counts again.
  const variables = new Map([...before.variables, ...envOf(config)]);
  return { ...before, config, platform, variables, ownCommand: false };
}

export function envOf(config: RunConfig): ReadonlyMap<string, string> {
  return new Map(
    (config.Env ?? []).map((pair) => {
      const cut = pair.indexOf("=");
      return cut < 0 ? [pair, ""] : [pair.slice(0, cut), pair.slice(cut + 1)];
    }),
  );
}

export function withVariables(
  state: StageState,
  pairs: Iterable<readonly [name: string, value: string]>,
): StageState {
  return { ...state, variables: new Map([...state.variables, ...pairs]) };
}

export function withConfig(state: StageState, change: Partial<RunConfig>, createdBy: string): StageState {
  return {
    ...state,
    config: { ...state.config, ...change },
    steps: [...state.steps, { history: { created_by: createdBy } }],
  };
}

export function withLayer(state: StageState, layer: Layer, createdBy: string, origin: Origin): StageState {
  return {
    ...state,
    layers: [...state.layers, layer],
    steps: [...state.steps, { history: { created_by: createdBy }, layer, origin }],
  };
}
