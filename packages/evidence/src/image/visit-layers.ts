import { type ContentStore, type StoredImage, type TarItem, layerItems } from "@seaworthy/oci";
import type { LayerFile, LayerVisitor } from "./visitor.ts";

/**
 * One pass over the layers of an image, lowest first, for all visitors. Files are read once, however many want them, and
 * never beyond what is wanted. An error of a visitor is its caller's.
 */
export async function visitLayers(
  store: ContentStore,
  { layers, config }: StoredImage,
  visitors: readonly LayerVisitor[],
  signal?: AbortSignal,
): Promise<void> {
  for (const [layer, descriptor] of layers.entries()) {
    const diffId = config.rootfs.diff_ids[layer] ?? "";
    for await (const item of layerItems(store, descriptor, diffId, signal)) {
      await visitItem(item, layer, visitors);
    }
  }
}

async function visitItem(
  { entry, content }: TarItem,
  layer: number,
  visitors: readonly LayerVisitor[],
): Promise<void> {
  const asked = visitors.flatMap((visitor) => {
    const limit = visitor.wants(entry, layer);
    return limit === undefined ? [] : [{ visitor, limit }];
  });
  if (asked.length === 0) return;
  const bytes = await beginning(content, Math.max(...asked.map(({ limit }) => limit)));
  for (const { visitor, limit } of asked) {
    const file: LayerFile = { entry, layer, bytes: bytes.subarray(0, limit), cut: entry.size > limit };
    await visitor.visit(file);
  }
}

/** At most so many bytes; what follows is skipped by the archive's reader. */
async function beginning(content: TarItem["content"], limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  if (limit === 0) return Buffer.alloc(0);
  for await (const chunk of content) {
    chunks.push(Buffer.from(chunk.subarray(0, limit - size)));
    size += chunk.length;
    if (size >= limit) break;
  }
  return Buffer.concat(chunks);
}
