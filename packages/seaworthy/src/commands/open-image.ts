import { existsSync } from "node:fs";
import {
  type Descriptor,
  OciError,
  type Repository,
  isDigest,
  openLayout,
  parseReference,
  withDefaultTag,
} from "@seaworthy/oci";
import type { Machine } from "../machine/machine.ts";
import type { Project } from "./context.ts";
import { existingRepository } from "./destination.ts";
import { imageName } from "./image-name.ts";
import { nameInStore } from "./output.ts";

/** An index or an image, and where it lies. */
export interface OpenedImage {
  /** Registry and repository, without tag. */
  readonly name: string;
  readonly repository: Repository;
  readonly image: Descriptor;
}

/**
 * An image by reference, or in this repository's store: by tag as `build -t` gave it, or by digest alone. A name without
 * registry is looked for in the store first.
 * @throws OciError `not-found`
 */
export async function openImage(
  machine: Machine,
  project: Project,
  text: string,
  signal: AbortSignal,
): Promise<OpenedImage> {
  const { name, wanted } = isDigest(text)
    ? { name: imageName(project), wanted: text }
    : await placeOf(project, text);
  const repository = await existingRepository(machine, project, name, signal);
  const image = await repository.resolve(wanted, signal);
  if (image !== undefined) return { name, repository, image };
  throw new OciError("not-found", `image ${text}: expected it at ${name}, found none`, {
    hint: "name it as registry/repository:tag, or as build -t named it in the store",
  });
}

async function placeOf(project: Project, text: string): Promise<{ name: string; wanted: string }> {
  const reference = withDefaultTag(parseReference(text));
  const { registry, repository, tag = "", digest } = reference;
  const wanted = digest ?? tag;
  const stored = nameInStore(reference);
  const isStored = registry === "docker.io" && (await inStore(project, stored, wanted));
  return { name: isStored ? imageName(project, stored) : `${registry}/${repository}`, wanted };
}

async function inStore({ storeDir }: Project, repository: string, wanted: string): Promise<boolean> {
  if (!existsSync(storeDir)) return false;
  const layout = await openLayout(storeDir);
  return (await layout.repository(repository).resolve(wanted)) !== undefined;
}
