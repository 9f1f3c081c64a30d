import {
  type ContentStore,
  type ImageConfig,
  type StoredImage,
  type TarEntry,
  type TarItem,
  MediaType,
  collect,
  digestOf,
  gzip,
  memoryStore,
  readImage,
  writeTar,
} from "@seaworthy/oci";
import type { Inventory } from "../src/inventory/package.ts";
import { takeInventory } from "../src/inventory/take-inventory.ts";

const MAX = 256 << 20;

export function file(
  path: string,
  content: string | Uint8Array = "",
  fields: Partial<TarEntry> = {},
): TarItem {
  const bytes = Buffer.from(content as string);
  return {
    entry: { path, type: "file", mode: 0o644, uid: 0, gid: 0, mtime: 0, size: bytes.length, ...fields },
    content: [bytes],
  };
}

export function program(path: string, content: Uint8Array): TarItem {
  return file(path, content, { mode: 0o755 });
}

export function link(path: string, linkname: string, type: "symlink" | "hardlink" = "symlink"): TarItem {
  return { entry: { ...file(path).entry, type, linkname }, content: [] };
}

export function folder(path: string): TarItem {
  return { entry: { ...file(path).entry, type: "directory", mode: 0o755 }, content: [] };
}

async function put(store: ContentStore, mediaType: string, bytes: Uint8Array) {
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
  await store.put(descriptor, [bytes]);
  return descriptor;
}

/** An image whose layers hold these files. */
export async function imageOf(
  store: ContentStore,
  layers: readonly (readonly TarItem[])[],
  config: Partial<ImageConfig> = {},
): Promise<StoredImage> {
  const made = await Promise.all(
    layers.map(async (items) => {
      const tar = await collect(writeTar(items), MAX);
      const packed = await collect(gzip([tar]), MAX);
      return { diffId: digestOf(tar), descriptor: await put(store, MediaType.layerGzip, packed) };
    }),
  );
  const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
  const rootfs = { type: "layers", diff_ids: made.map(({ diffId }) => diffId) };
  const image = { os: "linux", architecture: "amd64", rootfs, ...config };
  const document = {
    schemaVersion: 2,
    mediaType: MediaType.manifest,
    config: await put(store, MediaType.config, json(image)),
    layers: made.map(({ descriptor }) => descriptor),
  };
  return readImage(store, await put(store, MediaType.manifest, json(document)));
}

/** What is found in an image of these layers. */
export async function inventoryOf(...layers: readonly (readonly TarItem[])[]): Promise<Inventory> {
  const store = memoryStore();
  return takeInventory(store, await imageOf(store, layers));
}
