import { localPlace } from "@seaworthy/deploy/local";
import { supervise } from "@seaworthy/deploy/supervisor";
import { join, resolve } from "node:path";
import type { Machine } from "../machine/machine.ts";
import { openWorkshop } from "../machine/workshop.ts";

export interface SuperviseFlags {
  /** Of the local environment. */
  readonly folder: string;
  readonly store: string;
}

/** What keeps the services of a local environment up. Ends when it is told to stop. */
export async function runSupervise(
  machine: Machine,
  { folder, store }: SuperviseFlags,
  signal: AbortSignal,
): Promise<void> {
  const workshop = await openWorkshop(machine, { storeDir: resolve(store), trust: "none", signal });
  try {
    const place = localPlace(resolve(folder), join(machine.cacheDir, "sockets"));
    const tools = { ...workshop, parallel: machine.processors, now: () => Date.now() };
    await supervise(place, tools, signal);
  } finally {
    await workshop.close();
  }
}
