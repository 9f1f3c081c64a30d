import { existsSync } from "node:fs";
import { type Repository, memoryStore, openLayout, parseReference } from "@seaworthy/oci";
import type { Machine } from "../machine/machine.ts";
import { openRemote } from "../machine/remote.ts";
import type { Workshop } from "../machine/workshop.ts";
import type { Project } from "./context.ts";

/**
 * The loopback name with the config's port is the embedded registry, whose store is at hand: no server has to run to
 * publish there. On another port there is a registry of somebody else's.
 */
export function isEmbedded(name: string, { config }: Pick<Project, "config">): boolean {
  const [host = ""] = name.split("/");
  return LOOPBACK.some((loopback) => host === `${loopback}:${config.registry.port}`);
}

export const LOOPBACK: readonly string[] = ["127.0.0.1", "localhost", "[::1]"];

export function destinationOf(
  project: Pick<Project, "config">,
  name: string,
  { layout, remote }: Pick<Workshop, "layout" | "remote">,
): Repository {
  const { registry, repository } = parseReference(name);
  return isEmbedded(name, project) ? layout.repository(repository) : remote({ registry, repository });
}

/** For reading: a store that is not there yet is an empty one, and is not made. */
export async function existingRepository(
  machine: Machine,
  project: Project,
  name: string,
  signal: AbortSignal,
): Promise<Repository> {
  const { registry, repository } = parseReference(name);
  if (!isEmbedded(name, project)) return openRemote(machine, signal)({ registry, repository });
  return existsSync(project.storeDir)
    ? (await openLayout(project.storeDir)).repository(repository)
    : memoryStore();
}
