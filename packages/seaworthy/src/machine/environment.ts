import type { Environment, Target } from "@seaworthy/deploy";
import type { Repository } from "@seaworthy/oci";
import { environmentConfig } from "../config/environment-config.ts";
import type { ParsedEnvironment } from "../config/environments-schema.ts";
import type { ParsedConfig } from "../config/schema.ts";
import { CliError } from "../error.ts";
import type { Machine } from "./machine.ts";

export interface EnvironmentContext {
  readonly machine: Machine;
  readonly config: ParsedConfig;
  /** Where the config is. */
  readonly root: string;
  readonly storeDir: string;
  /** Where the image is published. */
  readonly repository: Repository;
}

export async function openEnvironment(name: string, context: EnvironmentContext): Promise<Environment> {
  const settings = environmentConfig(context.config, name);
  const { within, rollbackWithin: backWithin } = settings;
  return { name, target: await targetOf(name, settings, context), within, backWithin };
}

/** None pays for loading another. */
async function targetOf(
  name: string,
  { local, compose, kubernetes, checks, within }: ParsedEnvironment,
  context: EnvironmentContext,
): Promise<Target> {
  const { root, machine } = context;
  if (local !== undefined) return (await import("./local.ts")).openLocal(name, local, context);
  if (compose !== undefined) {
    const { openCompose } = await import("./compose.ts");
    return openCompose(name, { ...compose, checks }, root, machine);
  }
  if (kubernetes !== undefined) {
    const { openKubernetes } = await import("./kubernetes.ts");
    return openKubernetes(name, { ...kubernetes, checks, within }, root, machine);
  }
  throw new CliError("config", `environments.${name}: expected a target`);
}
