import { join } from "node:path";
import { type RunningRegistry, serveRegistry } from "@seaworthy/registry";
import type { Machine } from "../machine/machine.ts";
import { openStore } from "../machine/store.ts";
import { openProject } from "./context.ts";

export interface RegistryFlags {
  readonly host: string;
  readonly port?: number;
  readonly readOnly: boolean;
  readonly config?: string;
}

/** Serves the store of this repository to any container client until it is told to stop. */
export async function runRegistry(
  machine: Machine,
  flags: RegistryFlags,
  signal: AbortSignal,
): Promise<RunningRegistry> {
  const { config, storeDir } = await openProject(machine, flags.config);
  const layout = await openStore(storeDir);
  return serveRegistry({
    store: layout,
    uploads: join(storeDir, "uploads"),
    host: flags.host,
    port: flags.port ?? config.registry.port,
    readOnly: flags.readOnly,
    signal,
  });
}
