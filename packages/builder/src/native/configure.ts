import { posix } from "node:path";
import { type Instruction, type KeyValue, exposedPorts } from "@seaworthy/dockerfile";
import type { HealthcheckConfig, RunConfig } from "@seaworthy/oci";
import { DEFAULT_SHELL, type StageState, envOf, withConfig, withVariables } from "./state.ts";

type Of<K extends Instruction["kind"]> = Extract<Instruction, { kind: K }>;

/** Instructions that change the image's config and no file. Their words are expanded already. */
export type ConfigInstruction = Of<
  | "env"
  | "label"
  | "user"
  | "expose"
  | "volume"
  | "cmd"
  | "entrypoint"
  | "healthcheck"
  | "stopsignal"
  | "shell"
  | "onbuild"
  | "maintainer"
>;

export function configure(state: StageState, instruction: ConfigInstruction): StageState {
  const next = withConfig(state, changeOf(state, instruction), instruction.line);
  switch (instruction.kind) {
    case "env":
      return withVariables(
        next,
        instruction.pairs.map(({ key, value }) => [key, value]),
      );
    case "cmd":
      return { ...next, ownCommand: true };
    case "maintainer":
      return { ...next, author: instruction.maintainer };
    default:
      return next;
  }
}

function changeOf({ config, ownCommand }: StageState, instruction: ConfigInstruction): Partial<RunConfig> {
  switch (instruction.kind) {
    case "env":
      return { Env: withEnv(config, instruction.pairs) };
    case "label":
      return { Labels: { ...config.Labels, ...record(instruction.pairs) } };
    case "maintainer":
      return {};
    case "user":
      return { User: instruction.user };
    case "expose":
      return { ExposedPorts: { ...config.ExposedPorts, ...keys(exposedPorts(instruction)) } };
    case "volume":
      return { Volumes: { ...config.Volumes, ...keys(instruction.paths) } };
    case "cmd":
      return { Cmd: commandOf(config, instruction) };
    case "entrypoint": {
      // Dockerfile reference, "Understand how CMD and ENTRYPOINT interact": it resets a CMD of the base.
      const dropped = ownCommand || config.Cmd === undefined ? {} : { Cmd: [] };
      return { Entrypoint: commandOf(config, instruction), ...dropped };
    }
    case "healthcheck":
      return { Healthcheck: healthcheckOf(instruction) };
    case "stopsignal":
      return { StopSignal: instruction.signal };
    case "shell":
      return { Shell: instruction.shell };
    case "onbuild":
      return { OnBuild: [...(config.OnBuild ?? []), instruction.expression] };
  }
}

function record(pairs: readonly KeyValue[]): Record<string, string> {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, value]));
}

function keys(names: readonly string[]): Record<string, object> {
  return Object.fromEntries(names.map((name) => [name, {}]));
}

export function withEnv(config: RunConfig, pairs: readonly KeyValue[]): string[] {
  const env = new Map(envOf(config));
  for (const { key, value } of pairs) env.set(key, value);
  return [...env].map(([name, value]) => `${name}=${value}`);
}

function commandOf(
  config: RunConfig,
  { form, command }: { readonly form: "shell" | "exec"; readonly command: string | readonly string[] },
): readonly string[] {
  if (form === "exec" && typeof command !== "string") return command;
  return [...(config.Shell ?? DEFAULT_SHELL), typeof command === "string" ? command : command.join(" ")];
}

function healthcheckOf(instruction: Of<"healthcheck">): HealthcheckConfig {
  const { test, interval, timeout, startPeriod, startInterval, retries } = instruction;
  return {
    Test: test,
    ...(interval === undefined ? {} : { Interval: interval }),
    ...(timeout === undefined ? {} : { Timeout: timeout }),
    ...(startPeriod === undefined ? {} : { StartPeriod: startPeriod }),
    ...(startInterval === undefined ? {} : { StartInterval: startInterval }),
    ...(retries === undefined ? {} : { Retries: retries }),
  };
}

/** WORKDIR is relative to the one before. */
export function resolveWorkdir(config: RunConfig, path: string): string {
  return posix.resolve(config.WorkingDir ?? "/", path === "" ? "." : path);
}
