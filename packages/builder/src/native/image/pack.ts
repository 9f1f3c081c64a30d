import {
  type Descriptor,
  type Digest,
  type Layout,
  MediaType,
  type TarItem,
  gzip,
  hashing,
  isDigest,
  writeTar,
} from "@seaworthy/oci";
import type { Records } from "../records.ts";
import { type Binaries, binaryScanner } from "./elf.ts";
import type { Layer } from "./layer.ts";

/** A layer as a manifest names it. */
export interface ExportedLayer {
  readonly diffId: Digest;
  readonly descriptor: Descriptor;
  /** The step changed nothing: history says so and no layer is written. */
  readonly empty: boolean;
  readonly binaries: Binaries;
}

interface Packing {
  readonly out: Layout;
  readonly records: Records;
  readonly snapshot: (source: {
    readonly parents: readonly Layer[];
    readonly epoch: number;
  }) => AsyncIterable<TarItem>;
  readonly advance: (bytes: number) => void;
}

/** Names what the bytes of an exported layer depend on besides its id. */
const KIND = "export-gzip-5";

/** What was packed before, if its blob is still there. */
export async function rememberedExport(
  records: Records,
  { id, source }: Layer,
  out: Layout,
): Promise<ExportedLayer | undefined> {
  if (source.kind === "blob") {
    return (await out.has(source.descriptor)) ? exportedBlob(source) : undefined;
  }
  const record = records.get(KIND, id) as Partial<ExportedLayer> | undefined;
  const { diffId, descriptor, empty, binaries } = record ?? {};
  if (!isDigest(diffId) || !isDigest(descriptor?.digest) || typeof empty !== "boolean") return undefined;
  if (typeof descriptor.size !== "number" || typeof binaries !== "object") return undefined;
  if (!empty && !(await out.has(descriptor))) return undefined;
  return { diffId, descriptor, empty, binaries };
}

/** Walked, hashed, compressed, hashed and stored in one pass. */
export async function packLayer(layer: Layer, packing: Packing, signal: AbortSignal): Promise<ExportedLayer> {
  const { source, id } = layer;
  if (source.kind === "blob") return copyBlob(source, packing, signal);
  const made = await packItems(
    source.kind === "items" ? source.open(signal) : packing.snapshot(source),
    packing,
    signal,
  );
  packing.records.put(KIND, id, made);
  return made;
}

async function packItems(
  items: AsyncIterable<TarItem>,
  { out, advance }: Packing,
  signal: AbortSignal,
): Promise<ExportedLayer> {
  const scanner = binaryScanner();
  let entries = 0;
  const looked = (async function* () {
    for await (const item of items) {
      entries += 1;
      yield scanner.look(item);
      advance(item.entry.size);
    }
  })();
  const tar = hashing(writeTar(looked));
  let seen: { readonly digest: Digest; readonly size: number } | undefined;
  const none = new EmptyLayer();
  const onDigest = (digest: Digest, size: number): void => {
    seen = { digest, size };
    if (entries === 0) throw none;
  };
  try {
    await out.ingest(gzip(tar), { signal, onDigest });
  } catch (error) {
    if (error !== none) throw error;
  }
  const descriptor = { mediaType: MediaType.layerGzip, digest: seen!.digest, size: seen!.size };
  return { diffId: tar.digest, descriptor, empty: entries === 0, binaries: scanner.found() };
}

/** Keeps a layer without entries from being stored. */
class EmptyLayer extends Error {}

type Blob = Extract<Layer["source"], { kind: "blob" }>;

async function copyBlob(blob: Blob, { out, advance }: Packing, signal: AbortSignal): Promise<ExportedLayer> {
  const { descriptor, store } = blob;
  const told = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of await store.open(descriptor, signal)) {
      yield chunk;
      advance(chunk.length);
    }
  };
  await out.put(descriptor, told(), signal);
  return exportedBlob(blob);
}

/** As it was pulled, under the media type that belongs into an OCI manifest. */
function exportedBlob({ descriptor, diffId }: Blob): ExportedLayer {
  const { digest, size } = descriptor;
  const mediaType = DOCKER_TYPES[descriptor.mediaType] ?? descriptor.mediaType;
  return { diffId, descriptor: { mediaType, digest, size }, empty: false, binaries: {} };
}

const DOCKER_TYPES: Readonly<Record<string, string>> = {
  "application/vnd.docker.image.rootfs.diff.tar.gzip": MediaType.layerGzip,
  "application/vnd.docker.image.rootfs.diff.tar": "application/vnd.oci.image.layer.v1.tar",
};
