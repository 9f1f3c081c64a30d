import { existsSync } from "node:fs";
import { type Repository, memoryStore, openLayout, parseReference } from "@seaworthy/oci";
import { type Shelf, layoutShelf, registryShelf } from "@seaworthy/release";
import type { Project } from "../commands/context.ts";
import { isEmbedded } from "../commands/destination.ts";
import type { Machine } from "../machine/machine.ts";
import { openRemote, remoteOptions } from "../machine/remote.ts";

export interface OpenedShelf {
  /** Undefined where there is nothing: no store was ever made. */
  readonly shelf: Shelf | undefined;
  /** The same place, for evidence. */
  readonly repository: Repository;
}

/** Where the images of a name lie, by what its registry can do. */
export async function openShelf(
  machine: Machine,
  project: Project,
  name: string,
  { warn, signal }: { readonly warn: (line: string) => void; readonly signal: AbortSignal },
): Promise<OpenedShelf> {
  const { registry, repository: path } = parseReference(name);
  if (isEmbedded(name, project)) {
    if (!existsSync(project.storeDir)) return { shelf: undefined, repository: memoryStore() };
    const layout = await openLayout(project.storeDir);
    return { shelf: layoutShelf(layout, path), repository: layout.repository(path) };
  }
  const location = { registry, repository: path };
  const { remoteManifests } = await import("@seaworthy/oci/remote");
  const manifests = remoteManifests(location, await remoteOptions(machine, signal, warn));
  const repository = openRemote(machine, signal, warn)(location);
  return { shelf: registryShelf({ name, manifests, repository }), repository };
}
