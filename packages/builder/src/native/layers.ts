import {
  MediaType,
  OciError,
  type Descriptor,
  type Digest,
  type Layout,
  decompress,
  gzip,
  hashing,
  isDigest,
  readTar,
  writeTar,
} from "@seaworthy/oci";
import type { Snapshots, View } from "@seaworthy/sandbox";
import { type Progress, step } from "../events.ts";
import { keyOf } from "./key.ts";
import type { Layer } from "./layer.ts";
import type { Records } from "./records.ts";
import { singleFlight } from "./single-flight.ts";

/** A layer as a manifest names it. */
export interface ExportedLayer {
  readonly diffId: Digest;
  readonly descriptor: Descriptor;
  /** The step changed nothing: history says so and no layer is written. */
  readonly empty: boolean;
}

/** Turns layers into directories (to execute in and copy from) and into blobs (to publish). */
export interface Layers {
  /** Every layer as a snapshot; pulled and assembled ones are unpacked on first need. */
  materialise(layers: readonly Layer[], signal: AbortSignal): Promise<readonly string[]>;
  view(layers: readonly Layer[], signal: AbortSignal): Promise<View>;
  /** The layer as a compressed blob in `out`. */
  export(layer: Layer, out: Layout, signal: AbortSignal): Promise<ExportedLayer>;
}

const COMPRESSION = "gzip-5";

export function createLayers({
  snapshots,
  records,
  progress,
}: {
  readonly snapshots: () => Snapshots;
  readonly records: Records;
  readonly progress: Progress;
}): Layers {
  const extracting = singleFlight<void>();
  const exporting = singleFlight<ExportedLayer>();

  const unpack = async (
    layer: Layer,
    id: string,
    below: readonly string[],
    signal: AbortSignal,
  ): Promise<void> => {
    if (snapshots().has(id)) return;
    await extracting(id, () =>
      shown("unpack", layer, progress, () => snapshots().extract(itemsOf(layer, signal), id, signal, below)),
    );
  };

  const materialise = async (layers: readonly Layer[], signal: AbortSignal): Promise<readonly string[]> => {
    const ids = snapshotIds(layers);
    for (const [position, layer] of layers.entries())
      await unpack(layer, ids[position]!, ids.slice(0, position), signal);
    return ids;
  };

  return {
    materialise,
    view: async (layers, signal) => snapshots().view(await materialise(layers, signal)),
    export: (layer, out, signal) =>
      exporting(layer.id, async () => {
        const known = knownExport(records.get(COMPRESSION, layer.id));
        if (known !== undefined && (known.empty || (await out.has(known.descriptor)))) return known;
        const made = await shown("pack", layer, progress, () => pack(layer, out, snapshots, signal));
        records.put(COMPRESSION, layer.id, made);
        return made;
      }),
  };
}

function shown<T>(verb: string, { name }: Layer, progress: Progress, work: () => Promise<T>): Promise<T> {
  if (name === undefined) return work();
  return step(progress, { id: `${verb} ${name}`, name: `${verb} ${name}` }, async () => ({
    value: await work(),
  }));
}

/**
 * An unpacked layer takes the metadata of directories it does not mention from what is below it, so its directory is
 * named after both; what RUN made is named so already.
 */
function snapshotIds(layers: readonly Layer[]): readonly string[] {
  const ids: string[] = [];
  for (const [position, { id, source }] of layers.entries()) {
    const own = position === 0 || source.kind === "snapshot";
    ids.push(own ? id : keyOf({ op: "unpacked", id, below: ids[position - 1] }));
  }
  return ids;
}

async function* itemsOf(layer: Layer, signal: AbortSignal): ReturnType<typeof readTar> {
  switch (layer.source.kind) {
    case "items":
      yield* layer.source.open(signal);
      return;
    case "blob": {
      const { descriptor, diffId, store } = layer.source;
      const tar = hashing(decompress(await store.open(descriptor, signal)));
      yield* readTar(tar);
      const { digest } = tar;
      if (digest !== diffId) {
        throw new OciError(
          "digest-mismatch",
          `layer ${descriptor.digest}: unpacked to ${digest}, config says ${diffId}`,
        );
      }
      return;
    }
    case "snapshot":
      throw new OciError(
        "not-found",
        `snapshot ${layer.id.slice(0, 12)}: gone from the cache during the build`,
        {
          hint: "run the build again",
        },
      );
  }
}

async function pack(
  layer: Layer,
  out: Layout,
  snapshots: () => Snapshots,
  signal: AbortSignal,
): Promise<ExportedLayer> {
  const { source } = layer;
  if (source.kind === "blob") {
    await out.put(source.descriptor, await source.store.open(source.descriptor, signal), signal);
    return { diffId: source.diffId, descriptor: source.descriptor, empty: false };
  }
  const items =
    source.kind === "items"
      ? source.open(signal)
      : snapshots().diff(layer.id, snapshotIds(source.parents), source.epoch);
  let entries = 0;
  const counted = (async function* () {
    for await (const item of items) {
      entries += 1;
      yield item;
    }
  })();
  const tar = hashing(writeTar(counted));
  const { digest, size } = await out.ingest(gzip(tar), { signal });
  return {
    diffId: tar.digest,
    descriptor: { mediaType: MediaType.layerGzip, digest, size },
    empty: entries === 0,
  };
}

function knownExport(value: unknown): ExportedLayer | undefined {
  const record = value as ExportedLayer | undefined;
  if (!isDigest(record?.diffId) || !isDigest(record.descriptor?.digest)) return undefined;
  return record;
}
