import type { Machine } from "../machine/machine.ts";
import { type ReleaseRecord, readHistory } from "@seaworthy/release";
import { openWorkshop } from "../machine/workshop.ts";
import { destinationOf } from "./destination.ts";
import { imageName } from "./release.ts";
import { openProject } from "./context.ts";

/** The releases the registry knows of, newest first. */
export async function runHistory(
  machine: Machine,
  flags: { readonly config?: string },
  signal: AbortSignal,
): Promise<readonly ReleaseRecord[]> {
  const project = await openProject(machine, flags.config);
  const workshop = await openWorkshop(machine, {
    storeDir: project.storeDir,
    trust: project.config.trust,
    signal,
  });
  return readHistory(destinationOf(imageName(project), workshop), signal);
}
