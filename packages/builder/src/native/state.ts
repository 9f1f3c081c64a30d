import type { History, Platform, RunConfig } from "@seaworthy/oci";
import type { Base } from "./base.ts";
import type { Layer } from "./layer.ts";

/** A stage after some of its instructions. Every instruction gives a new value. */
export interface StageState {
  readonly platform: Platform;
  readonly config: RunConfig;
  readonly layers: readonly Layer[];
  readonly steps: readonly { readonly history: History; readonly layer?: Layer }[];
  /** ARGs declared so far, with their values. */
  readonly args: ReadonlyMap<string, string>;
}

export const DEFAULT_SHELL: readonly string[] = ["/bin/sh", "-c"];
export const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export function stateOf(base: Base, platform: Platform): StageState {
  const left = [...base.layers];
  const steps = base.history.map((history) => {
    const layer = history.empty_layer === true ? undefined : left.shift();
    return layer === undefined ? { history } : { history, layer };
  });
  return { platform, config: base.config, layers: base.layers, steps, args: new Map() };
}

/** What `$NAME` means at this point: ENV wins over ARG (Dockerfile reference, "Using ARG variables"). */
export function variablesOf(state: StageState): ReadonlyMap<string, string> {
  return new Map([...state.args, ...envOf(state.config)]);
}

export function envOf(config: RunConfig): ReadonlyMap<string, string> {
  return new Map(
    (config.Env ?? []).map((pair) => {
      const cut = pair.indexOf("=");
      return cut < 0 ? [pair, ""] : [pair.slice(0, cut), pair.slice(cut + 1)];
    }),
  );
}

export function withConfig(state: StageState, change: Partial<RunConfig>, createdBy: string): StageState {
  return {
    ...state,
    config: { ...state.config, ...change },
    steps: [...state.steps, { history: { created_by: createdBy } }],
  };
}

export function withLayer(state: StageState, layer: Layer, createdBy: string): StageState {
  return {
    ...state,
    layers: [...state.layers, layer],
    steps: [...state.steps, { history: { created_by: createdBy }, layer }],
  };
}
