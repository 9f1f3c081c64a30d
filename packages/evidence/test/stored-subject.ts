import { type ContentStore, MediaType, digestOf, readImage } from "@seaworthy/oci";
import type { Inventory } from "../src/inventory/package.ts";
import type { ScanSubject } from "../src/vulnerabilities/scanner.ts";

/** An image with one empty layer, in a store, said to hold these packages. */
export async function storedSubject(store: ContentStore, inventory: Inventory): Promise<ScanSubject> {
  const put = async (mediaType: string, bytes: Uint8Array) => {
    const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
    await store.put(descriptor, [bytes]);
    return descriptor;
  };
  const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
  const tar = Buffer.alloc(1024);
  const layer = await put("application/vnd.oci.image.layer.v1.tar", tar);
  const config = {
    os: "linux",
    architecture: "amd64",
    rootfs: { type: "layers", diff_ids: [digestOf(tar)] },
    history: [{ created_by: "COPY . /" }],
  };
  const manifest = {
    schemaVersion: 2,
    mediaType: MediaType.manifest,
    config: await put(MediaType.config, json(config)),
    layers: [layer],
  };
  return { inventory, image: await readImage(store, await put(MediaType.manifest, json(manifest))) };
}
