import {
  type ContentStore,
  type Descriptor,
  type Index,
  type Manifest,
  MediaType,
  collect,
  digestOf,
} from "@seaworthy/oci";

export async function put(into: ContentStore, mediaType: string, value: unknown): Promise<Descriptor> {
  const bytes = Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
  await into.put(descriptor, [bytes]);
  return descriptor;
}

export interface StoredIndex {
  readonly index: Descriptor;
  /** linux/amd64 and linux/arm64 */
  readonly platforms: readonly Descriptor[];
}

/** An index of two platforms without layers; another `name`, another digest. */
export async function putIndex(into: ContentStore, name = "app"): Promise<StoredIndex> {
  const platforms: Descriptor[] = [];
  for (const architecture of ["amd64", "arm64"]) {
    const config = await put(into, MediaType.config, {
      os: "linux",
      architecture,
      config: { Labels: { name } },
      rootfs: { type: "layers", diff_ids: [] },
    });
    const manifest: Manifest = { schemaVersion: 2, mediaType: MediaType.manifest, config, layers: [] };
    const platform = { os: "linux", architecture };
    platforms.push({ ...(await put(into, MediaType.manifest, manifest)), platform });
  }
  const index: Index = { schemaVersion: 2, mediaType: MediaType.index, manifests: platforms };
  return { index: await put(into, MediaType.index, index), platforms };
}

export async function readJson<T>(from: ContentStore, target: Descriptor): Promise<T> {
  return JSON.parse((await collect(await from.open(target), 1 << 20)).toString("utf8")) as T;
}
