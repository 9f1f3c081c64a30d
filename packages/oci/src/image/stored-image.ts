import type { ContentStore } from "../content-store.ts";
import type { Descriptor } from "../descriptor.ts";
import { readImageConfig, readManifest } from "../document/read.ts";
import type { ImageConfig } from "../manifest.ts";
import { formatPlatform } from "../platform.ts";

/** An image as it will be pulled: read from a store, never from what a build left behind. */
export interface StoredImage {
  readonly manifest: Descriptor;
  readonly config: ImageConfig;
  /** `linux/amd64` */
  readonly platform: string;
  readonly layers: readonly Descriptor[];
  /** Bytes a client downloads: config and layers. */
  readonly size: number;
}

/** One platform's image; for an index, one call for each of its manifests. */
export async function readImage(store: ContentStore, manifest: Descriptor): Promise<StoredImage> {
  const { config: descriptor, layers } = await readManifest(store, manifest);
  const config = await readImageConfig(store, descriptor);
  const size = layers.reduce((sum, layer) => sum + layer.size, descriptor.size);
  return { manifest, config, platform: formatPlatform(config), layers, size };
}
