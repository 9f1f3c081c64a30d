import { existsSync } from "node:fs";
import { type Repository, memoryStore, openLayout, parseReference } from "@seaworthy/oci";
import type { Machine } from "../machine/machine.ts";
import { openRemote } from "../machine/remote.ts";
import type { Workshop } from "../machine/workshop.ts";
import type { Project } from "./context.ts";

/** Loopback names are the embedded registry, whose store is at hand: no server has to run to publish there. */
export function isEmbedded(name: string): boolean {
  return /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?\//.test(name);
}

export function destinationOf(
  name: string,
  { layout, remote }: Pick<Workshop, "layout" | "remote">,
): Repository {
  const { registry, repository } = parseReference(name);
  return isEmbedded(name) ? layout.repository(repository) : remote({ registry, repository });
}

/** For reading: a store that is not there yet is an empty one, and is not made. */
export async function existingRepository(
  machine: Machine,
  { storeDir }: Project,
  name: string,
  signal: AbortSignal,
): Promise<Repository> {
  const { registry, repository } = parseReference(name);
  if (!isEmbedded(name)) return openRemote(machine, signal)({ registry, repository });
  return existsSync(storeDir) ? (await openLayout(storeDir)).repository(repository) : memoryStore();
}
