import { type ReleaseRecord, readHistory } from "@seaworthy/release";
import type { Machine } from "../machine/machine.ts";
import { openProject } from "./context.ts";
import { existingRepository } from "./destination.ts";
import { imageName } from "./release.ts";

/** The releases the registry knows of, newest first. */
export async function runHistory(
  machine: Machine,
  flags: { readonly config?: string },
  signal: AbortSignal,
): Promise<readonly ReleaseRecord[]> {
  const project = await openProject(machine, flags.config);
  return readHistory(await existingRepository(machine, project, imageName(project), signal), signal);
}
