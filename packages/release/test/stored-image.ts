import {
  type ContentStore,
  type Descriptor,
  MediaType,
  type RunConfig,
  type TarItem,
  collect,
  digestOf,
  gzip,
  writeTar,
} from "@seaworthy/oci";

async function put(store: ContentStore, mediaType: string, bytes: Uint8Array): Promise<Descriptor> {
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
  await store.put(descriptor, [bytes]);
  return descriptor;
}

const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

export interface StoredLayer {
  readonly descriptor: Descriptor;
  readonly diffId: string;
}

export async function putLayer(store: ContentStore, items: readonly TarItem[]): Promise<StoredLayer> {
  const tar = await collect(writeTar(items), 256 << 20);
  const packed = await collect(gzip([tar]), 256 << 20);
  return { descriptor: await put(store, MediaType.layerGzip, packed), diffId: digestOf(tar) };
}

export interface ImageParts {
  readonly architecture?: string;
  readonly config?: RunConfig;
  readonly history?: readonly { readonly created_by: string }[];
  readonly layer?: StoredLayer;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** One platform's image of one layer in a store. */
export async function putImage(
  store: ContentStore,
  { architecture = "amd64", config = {}, history, layer, annotations = {} }: ImageParts = {},
): Promise<Descriptor> {
  const { descriptor, diffId } = layer ?? (await putLayer(store, []));
  const image = {
    os: "linux",
    architecture,
    config: { User: "65532:65532", Entrypoint: ["/bin/true"], ...config },
    rootfs: { type: "layers", diff_ids: [diffId] },
    ...(history === undefined ? {} : { history }),
  };
  const manifest = await put(
    store,
    MediaType.manifest,
    json({
      schemaVersion: 2,
      mediaType: MediaType.manifest,
      config: await put(store, MediaType.config, json(image)),
      layers: [descriptor],
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    }),
  );
  return { ...manifest, platform: { os: "linux", architecture } };
}

export async function putIndex(store: ContentStore, manifests: readonly Descriptor[]): Promise<Descriptor> {
  return put(store, MediaType.index, json({ schemaVersion: 2, mediaType: MediaType.index, manifests }));
}
