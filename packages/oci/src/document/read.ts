import type { ContentStore } from "../content-store.ts";
import type { Descriptor } from "../descriptor.ts";
import type { ImageConfig, Index, Manifest } from "../manifest.ts";
import { isIndexType, isManifestType } from "../media-type.ts";
import { OciError } from "../error.ts";
import { collect } from "../stream/limited.ts";
import { parseImageConfig } from "./config.ts";
import { parseIndex, parseManifest } from "./parse.ts";

/** The bound the distribution spec suggests to registries. */
export const MAX_MANIFEST_BYTES = 4 << 20;
const MAX_CONFIG_BYTES = 16 << 20;

/** @throws OciError `invalid-manifest` where the descriptor or the content is something else; as `ContentStore.open` */
export async function readManifest(
  store: ContentStore,
  target: Descriptor,
  signal?: AbortSignal,
): Promise<Manifest> {
  if (!isManifestType(target.mediaType)) throw notA("an image manifest", target);
  return parseManifest(await read(store, target, MAX_MANIFEST_BYTES, signal), `manifest ${target.digest}`);
}

/** @throws OciError as `readManifest` */
export async function readIndex(
  store: ContentStore,
  target: Descriptor,
  signal?: AbortSignal,
): Promise<Index> {
  if (!isIndexType(target.mediaType)) throw notA("an image index", target);
  return parseIndex(await read(store, target, MAX_MANIFEST_BYTES, signal), `index ${target.digest}`);
}

/** The config of an image, not of an artifact. @throws OciError as `readManifest` */
export async function readImageConfig(
  store: ContentStore,
  target: Descriptor,
  signal?: AbortSignal,
): Promise<ImageConfig> {
  return parseImageConfig(
    await read(store, target, MAX_CONFIG_BYTES, signal),
    `image config ${target.digest}`,
  );
}

async function read(
  store: ContentStore,
  target: Descriptor,
  maxBytes: number,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  const what = `${target.mediaType} ${target.digest}`;
  if (target.size > maxBytes) {
    throw new OciError("too-large", `${what}: ${target.size} bytes are more than the limit of ${maxBytes}`);
  }
  return await collect(await store.open(target, signal), maxBytes, what);
}

function notA(expected: string, { digest, mediaType }: Descriptor): OciError {
  return new OciError("invalid-manifest", `${digest}: expected ${expected}, found ${mediaType}`);
}
