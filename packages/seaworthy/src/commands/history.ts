import { type ReleaseRecord, readHistory } from "@seaworthy/release";
import type { SeaworthyError } from "@seaworthy/oci";
import type { Machine } from "../machine/machine.ts";
import { openProject } from "./context.ts";
import { existingRepository } from "./destination.ts";
import { imageName } from "./image-name.ts";

/** The releases the registry knows of, newest first. */
export async function runHistory(
  machine: Machine,
  flags: { readonly config?: string },
  signal: AbortSignal,
  warn: (line: string) => void,
): Promise<readonly ReleaseRecord[]> {
  const project = await openProject(machine, flags.config);
  const repository = await existingRepository(machine, project, imageName(project), signal);
  const onProblem = (problem: SeaworthyError | string): void =>
    warn(typeof problem === "string" ? problem : `passed over ${problem.message}`);
  return readHistory(repository, { onProblem, signal });
}
