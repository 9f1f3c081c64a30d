import { existsSync } from "node:fs";
import {
  type Descriptor,
  type Repository,
  isDigest,
  isIndexType,
  openLayout,
  parseReference,
  readIndex,
  withDefaultTag,
} from "@seaworthy/oci";
import { CliError } from "../error.ts";
import type { Machine } from "../machine/machine.ts";
import { openProject } from "./context.ts";
import { existingRepository } from "./destination.ts";

export interface FoundImage {
  readonly repository: Repository;
  /** What the name stands for: an image, or an index of several. */
  readonly target: Descriptor;
  /** One for each platform. */
  readonly manifests: readonly Descriptor[];
}

/** A digest or name in this repository's store, else what a registry has under the name. */
export async function findImage(machine: Machine, image: string, signal: AbortSignal): Promise<FoundImage> {
  for await (const { repository, reference } of places(machine, image, signal)) {
    const target = await repository.resolve(reference, signal);
    if (target !== undefined) return { repository, target, manifests: await manifestsOf(repository, target) };
  }
  throw new CliError("usage", `image ${image}: found neither in the store nor in its registry`);
}

async function* places(
  machine: Machine,
  image: string,
  signal: AbortSignal,
): AsyncGenerator<{ readonly repository: Repository; readonly reference: string }> {
  const project = await openProject(machine, undefined);
  const layout = existsSync(project.storeDir) ? await openLayout(project.storeDir) : undefined;
  if (isDigest(image)) {
    // Content is the layout's, whatever repository asks for it.
    if (layout !== undefined) yield { repository: layout.repository("any"), reference: image };
    return;
  }
  const { registry, repository, tag, digest } = withDefaultTag(parseReference(image));
  const reference = digest ?? tag!;
  if (layout !== undefined) {
    // What a build names without a registry is kept under that very name.
    const plain = image.replace(/@.*$/, "").replace(/:[^/]*$/, "");
    yield { repository: layout.repository(registry === "docker.io" ? plain : repository), reference };
  }
  const name = `${registry}/${repository}`;
  yield { repository: await existingRepository(machine, project, name, signal), reference };
}

async function manifestsOf(repository: Repository, target: Descriptor): Promise<readonly Descriptor[]> {
  if (!isIndexType(target.mediaType)) return [target];
  const { manifests } = await readIndex(repository, target);
  // What builders file beside the images, such as provenance, is of no platform.
  return manifests.filter(({ platform }) => platform?.os !== "unknown");
}
