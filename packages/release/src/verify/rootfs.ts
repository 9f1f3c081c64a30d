import {
  type ContentStore,
  type Descriptor,
  type ImageConfig,
  OciError,
  type TarItem,
  decompress,
  digestOf,
  formatPlatform,
  hashing,
  hexOf,
  parseDigest,
  readImageConfig,
  readManifest,
  readTar,
} from "@seaworthy/oci";
import type { Snapshots } from "@seaworthy/sandbox";

/** An image as it will be pulled: read from the store, never from what the build left behind. */
export interface StoredImage {
  readonly manifest: Descriptor;
  readonly config: ImageConfig;
  /** `linux/amd64` */
  readonly platform: string;
  readonly layers: readonly Descriptor[];
  /** Bytes a client downloads: config and layers. */
  readonly size: number;
}

export async function readImage(store: ContentStore, manifest: Descriptor): Promise<StoredImage> {
  const { config: descriptor, layers } = await readManifest(store, manifest);
  const config = await readImageConfig(store, descriptor);
  const size = layers.reduce((sum, layer) => sum + layer.size, descriptor.size);
  return { manifest, config, platform: formatPlatform(config), layers, size };
}

/** Unpacks the layers as a container engine would, each once; gives their snapshots, lowest first. */
export async function unpackImage(
  store: ContentStore,
  { layers, config }: StoredImage,
  snapshots: Snapshots,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const ids: string[] = [];
  let chain = "";
  for (const [position, layer] of layers.entries()) {
    const diffId = parseDigest(config.rootfs.diff_ids[position] ?? "");
    // ChainID of the image spec (config.md): the same layer on another one is another directory.
    chain = chain === "" ? diffId : digestOf(`${chain} ${diffId}`);
    const id = `pulled-${hexOf(parseDigest(chain))}`;
    if (!snapshots.has(id))
      await snapshots.extract(verifiedItems(store, layer, diffId, signal), id, signal, ids);
    ids.push(id);
  }
  return ids;
}

async function* verifiedItems(
  store: ContentStore,
  layer: Descriptor,
  diffId: string,
  signal: AbortSignal,
): AsyncGenerator<TarItem> {
  const tar = hashing(decompress(await store.open(layer, signal)));
  yield* readTar(tar, { absolutePaths: "strip" });
  const { digest } = tar;
  if (digest !== diffId) {
    throw new OciError(
      "digest-mismatch",
      `layer ${layer.digest}: unpacked to ${digest}, config says ${diffId}`,
    );
  }
}
