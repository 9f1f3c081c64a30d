import { existsSync } from "node:fs";
import {
  type Descriptor,
  type Repository,
  isDigest,
  openLayout,
  parseReference,
  withDefaultTag,
} from "@seaworthy/oci";
import { CliError } from "../error.ts";
import type { Machine } from "../machine/machine.ts";
import type { Project } from "./context.ts";
import { LOOPBACK, existingRepository, isEmbedded } from "./destination.ts";
import { imageName } from "./image-name.ts";
import { nameInStore } from "./output.ts";

export interface OpenedImage {
  /** Registry and repository, without tag: what evidence names. */
  readonly name: string;
  /** All that it goes by: the embedded registry has several addresses. */
  readonly names: readonly string[];
  readonly repository: Repository;
  readonly image: Descriptor;
  /** `name@sha256:…` */
  readonly reference: string;
}

/**
 * An image by reference, or in this repository's store: by tag as `build -t` gave it, or by digest alone. A name without
 * registry is looked for in the store first.
 * @throws CliError `usage` where there is none
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
  const found = await repository.resolve(wanted, signal);
  if (found === undefined) {
    throw new CliError("usage", `image ${text}: there is none at ${name}`, {
      hint: "name it as registry/repository:tag, or as build -t named it in the store",
    });
  }
  // A tag may move while this runs: from here on the digest is the subject.
  const { mediaType, digest, size } = found;
  const image = { mediaType, digest, size };
  return { name, names: namesOf(name, project), repository, image, reference: `${name}@${digest}` };
}

function namesOf(name: string, project: Project): readonly string[] {
  if (!isEmbedded(name, project)) return [name];
  const path = name.slice(name.indexOf("/"));
  return LOOPBACK.map((host) => `${host}:${project.config.registry.port}${path}`);
}

interface Place {
  readonly name: string;
  readonly wanted: string;
}

async function placeOf(project: Project, text: string): Promise<Place> {
  const reference = withDefaultTag(parseReference(text));
  const wanted = reference.digest ?? reference.tag!;
  const stored = nameInStore(reference);
  if (reference.registry === "docker.io" && (await isStored(project, stored, wanted))) {
    return { name: imageName(project, stored), wanted };
  }
  return { name: `${reference.registry}/${reference.repository}`, wanted };
}

async function isStored({ storeDir }: Project, repository: string, wanted: string): Promise<boolean> {
  if (!existsSync(storeDir)) return false;
  const layout = await openLayout(storeDir);
  return (await layout.repository(repository).resolve(wanted)) !== undefined;
}
