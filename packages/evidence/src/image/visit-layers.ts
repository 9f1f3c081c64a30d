import { type ContentStore, type StoredImage, type TarItem, layerItems } from "@seaworthy/oci";
import type { Follower, LayerFile, LayerVisitor } from "./visitor.ts";

/**
 * One pass over the layers of an image, lowest first, for all visitors. Files are read once, however many want them, and
 * never beyond what is wanted. An error of a visitor is its caller's.
 */
export async function visitLayers(
  store: ContentStore,
  image: StoredImage,
  visitors: readonly LayerVisitor[],
  signal?: AbortSignal,
): Promise<void> {
  for (const layer of image.layers.keys()) await visitLayer(store, image, layer, visitors, signal);
}

/** The same for one of them. */
export async function visitLayer(
  store: ContentStore,
  { layers, config }: StoredImage,
  layer: number,
  visitors: readonly LayerVisitor[],
  signal?: AbortSignal,
): Promise<void> {
  const diffId = config.rootfs.diff_ids[layer] ?? "";
  for await (const item of layerItems(store, layers[layer]!, diffId, signal)) {
    await visitItem(item, layer, visitors);
  }
}

async function visitItem(item: TarItem, layer: number, visitors: readonly LayerVisitor[]): Promise<void> {
  const { entry } = item;
  const asked = visitors.flatMap((visitor) => {
    const limit = visitor.wants(entry, layer);
    return limit === undefined ? [] : [{ visitor, limit }];
  });
  const followers = visitors.flatMap((visitor) => visitor.follow?.(entry, layer) ?? []);
  if (asked.length === 0 && followers.length === 0) return;
  const bytes = await read(item, Math.max(0, ...asked.map(({ limit }) => limit)), followers);
  for (const follower of followers) await follower.end();
  for (const { visitor, limit } of asked) {
    const file: LayerFile = { entry, layer, bytes: bytes.subarray(0, limit), cut: entry.size > limit };
    await visitor.visit(file);
  }
}

/** The first bytes up to a limit; as far as nobody follows, the archive's reader skips what comes after. */
async function read(
  { entry, content }: TarItem,
  limit: number,
  followers: readonly Follower[],
): Promise<Buffer> {
  // Where an archive claims more than it holds, memory that is never written to costs nothing.
  const bytes = Buffer.allocUnsafe(Math.min(entry.size, limit));
  let size = 0;
  let following = followers;
  if (bytes.length === 0 && following.length === 0) return bytes;
  for await (const chunk of content) {
    bytes.set(chunk.subarray(0, bytes.length - size), size);
    size = Math.min(size + chunk.length, bytes.length);
    following = following.filter((follower) => follower.write(chunk));
    if (size === bytes.length && following.length === 0) break;
  }
  return bytes.subarray(0, size);
}
