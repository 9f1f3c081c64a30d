import {
  type ContentStore,
  type StoredImage,
  digestOf,
  hexOf,
  layerItems,
  parseDigest,
} from "@seaworthy/oci";
import type { Snapshots } from "@seaworthy/sandbox";

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
      await snapshots.extract(layerItems(store, layer, diffId, signal), id, signal, ids);
    ids.push(id);
  }
  return ids;
}
