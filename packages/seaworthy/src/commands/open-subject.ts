import type { Descriptor, Repository, StoredImage } from "@seaworthy/oci";
import type { Machine } from "../machine/machine.ts";
import type { Project } from "./context.ts";
import { LOOPBACK, isEmbedded } from "./destination.ts";
import { imageName } from "./image-name.ts";
import { openImage } from "./open-image.ts";

/** An image as evidence speaks of it: by name and digest. */
export interface Subject {
  /** Registry and repository, without tag. An archive has none: then it is that of this repository's image. */
  readonly name: string;
  /** All that it goes by: the embedded registry has several addresses. */
  readonly names: readonly string[];
  readonly repository: Repository;
  /** Index or manifest. A tag may move while this runs: from here on the digest is the subject. */
  readonly image: Descriptor;
  readonly images: readonly StoredImage[];
  /** `name@sha256:…` */
  readonly reference: string;
}

/** Opens any image, and puts away what was unpacked, whatever comes of the work. */
export async function withSubject<T>(
  machine: Machine,
  project: Project,
  text: string,
  { config, signal }: { readonly config?: string | undefined; readonly signal: AbortSignal },
  work: (subject: Subject) => Promise<T>,
): Promise<T> {
  const opened = await openImage(machine, text, { config, signal });
  const { repository, root, images, notes, close, published: name = imageName(project) } = opened;
  try {
    for (const note of notes) machine.stderr.write(`! ${note}\n`);
    const { mediaType, digest, size } = root;
    const image = { mediaType, digest, size };
    const reference = `${name}@${digest}`;
    return await work({ name, names: namesOf(name, project), repository, image, images, reference });
  } finally {
    await close();
  }
}

/** All names that an image of this repository goes by. */
export function namesOf(name: string, project: Project): readonly string[] {
  if (!isEmbedded(name, project)) return [name];
  const path = name.slice(name.indexOf("/"));
  return LOOPBACK.map((host) => `${host}:${project.config.registry.port}${path}`);
}
