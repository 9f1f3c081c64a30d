import {
  type Descriptor,
  OciError,
  type Repository,
  type StoredImage,
  formatPlatform,
  isIndexType,
  parsePlatform,
  readImage,
  readIndex,
} from "@seaworthy/oci";
import { CliError } from "../error.ts";
import type { Machine } from "../machine/machine.ts";
import { imagePlace } from "./image-place.ts";
import { openArchiveImage, openLayoutImage } from "./open-files.ts";
import { openNamed } from "./open-named.ts";

/** An image, wherever it lies, as commands work on it. */
export interface OpenedImage extends FoundImage {
  /** Images of the platforms, in the index's order; attestations are none. */
  readonly images: readonly StoredImage[];
}

export interface FoundImage {
  /** For people. */
  readonly name: string;
  /** Registry and repository, without tag: what evidence speaks of. Files have none. */
  readonly published?: string;
  /** Its content and what refers to it. An archive's takes nothing in. */
  readonly repository: Repository;
  /** Index or manifest. */
  readonly root: Descriptor;
  /** Manifests that the index names and an archive does not have. */
  readonly absent: readonly Descriptor[];
  /** What has to be known about it; for stderr. */
  readonly notes: readonly string[];
  /** Removes what was unpacked. */
  readonly close: () => Promise<void>;
}

export interface OpenImageOptions {
  /** Config file, for the name of the repository's image; looked for where none is given. */
  readonly config?: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * @param text a reference with tag or digest; a tag, a digest or `repository:tag` of this repository's store;
 * `oci:PATH[:NAME]` or a folder with a layout; an archive, `oci-archive:FILE` or `docker-archive:FILE`
 * @throws CliError `usage` where there is no such image, saying where it was looked for; OciError
 */
export async function openImage(
  machine: Machine,
  text: string,
  options: OpenImageOptions,
): Promise<OpenedImage> {
  const found = await find(machine, text, options);
  try {
    const images: StoredImage[] = [];
    for (const manifest of await manifestsOf(found, found.root, options.signal)) {
      images.push(await readImage(found.repository, manifest));
    }
    return { ...found, images };
  } catch (error) {
    await found.close();
    throw error;
  }
}

/**
 * @param platform as people write it; all where it is left out
 * @throws CliError `usage`, which names those that are there
 */
export function imagesFor({ name, images }: OpenedImage, platform?: string): readonly StoredImage[] {
  if (platform === undefined) return images;
  const wanted = normal(platform);
  const fits = images.filter((image) => normal(image.platform) === wanted);
  if (fits.length > 0) return fits;
  const held = images.map((image) => image.platform).join(", ");
  throw new CliError("usage", `${name}: expected platform ${wanted}, found ${held === "" ? "none" : held}`);
}

const normal = (platform: string): string => formatPlatform(parsePlatform(platform));

function find(machine: Machine, text: string, options: OpenImageOptions): Promise<FoundImage> {
  const place = imagePlace(text, machine.cwd);
  switch (place.kind) {
    case "layout":
      return openLayoutImage(machine, place);
    case "archive":
      return openArchiveImage(machine, place, options.signal);
    case "name":
      return openNamed(machine, text, options);
  }
}

const MAX_DEPTH = 8;

async function manifestsOf(
  found: FoundImage,
  target: Descriptor,
  signal: AbortSignal,
  depth = 0,
): Promise<readonly Descriptor[]> {
  if (!isIndexType(target.mediaType)) return [target];
  if (depth > MAX_DEPTH) throw new OciError("invalid-manifest", `${target.digest}: indexes nested too deep`);
  const { manifests } = await readIndex(found.repository, target, signal);
  const left = new Set(found.absent.map(({ digest }) => digest));
  const inside = manifests.filter((manifest) => !isAttestation(manifest) && !left.has(manifest.digest));
  const all = [];
  for (const one of inside) all.push(...(await manifestsOf(found, one, signal, depth + 1)));
  return all;
}

/** buildx puts its attestations beside the platforms, as one that cannot be. */
function isAttestation({ platform, annotations }: Descriptor): boolean {
  return platform?.os === "unknown" || annotations?.["vnd.docker.reference.type"] !== undefined;
}
