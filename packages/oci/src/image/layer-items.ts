import { decompress } from "../compress/decompress.ts";
import type { ContentStore } from "../content-store.ts";
import type { Descriptor } from "../descriptor.ts";
import { OciError } from "../error.ts";
import { hashing } from "../stream/hashing.ts";
import type { TarItem } from "../tar/entry.ts";
import { readTar } from "../tar/read.ts";

/**
 * The members of a layer as they stand in its archive, whiteouts (`.wh.…`) among them. After the last one the unpacked
 * bytes were the config's.
 * @param diffId of the layer, from `rootfs.diff_ids` of the config
 * @throws OciError `digest-mismatch`, and what reading archives and stores throws
 */
export async function* layerItems(
  store: ContentStore,
  layer: Descriptor,
  diffId: string,
  signal?: AbortSignal,
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
