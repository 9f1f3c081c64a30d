import { type Layout, OciError, decompress, hashing, readTar } from "@seaworthy/oci";
import type { Snapshots, View } from "@seaworthy/sandbox";
import { type Progress, step } from "../../events.ts";
import { keyOf } from "../key.ts";
import type { Records } from "../records.ts";
import { singleFlight } from "../single-flight.ts";
import type { Layer } from "./layer.ts";
import { type ExportedLayer, packLayer, rememberedExport } from "./pack.ts";

/** Turns layers into directories (to execute in and copy from) and into blobs (to publish). */
export interface Layers {
  /** Every layer as a snapshot; pulled and assembled ones are unpacked on first need. */
  materialise(layers: readonly Layer[], signal: AbortSignal): Promise<readonly string[]>;
  /** Mounted until it is disposed. */
  view(layers: readonly Layer[], signal: AbortSignal): Promise<View>;
  /** The layer as a compressed blob in `out`; `advance` hears of the bytes that were packed. */
  export(
    layer: Layer,
    out: Layout,
    advance: (bytes: number) => void,
    signal: AbortSignal,
  ): Promise<ExportedLayer>;
}

interface LayersOptions {
  readonly snapshots: () => Snapshots;
  readonly records: Records;
  readonly progress: Progress;
}

export function createLayers({ snapshots, records, progress }: LayersOptions): Layers {
  const extracting = singleFlight<void>();
  const exporting = singleFlight<ExportedLayer>();

  const unpack = (layer: Layer, id: string, below: readonly string[], signal: AbortSignal): Promise<void> =>
    extracting(id, () =>
      shown(layer, id, { progress, signal }, (advance) =>
        snapshots().extract(itemsOf(layer, advance, signal), id, signal, below),
      ),
    );

  const materialise: Layers["materialise"] = async (layers, signal) => {
    const ids = snapshotIds(layers);
    for (const [position, layer] of layers.entries()) {
      const id = ids[position]!;
      if (!snapshots().has(id)) await unpack(layer, id, ids.slice(0, position), signal);
    }
    return ids;
  };

  return {
    materialise,
    view: async (layers, signal) => snapshots().view(await materialise(layers, signal)),
    export: (layer, out, advance, signal) =>
      exporting(layer.id, async () => {
        const known = await rememberedExport(records, layer, out);
        if (known !== undefined) return known;
        const snapshot = ({ parents, epoch }: { parents: readonly Layer[]; epoch: number }) =>
          snapshots().diff(layer.id, snapshotIds(parents), epoch);
        return packLayer(layer, { out, records, snapshot, advance }, signal);
      }),
  };
}

function shown(
  { name, source }: Layer,
  id: string,
  { progress, signal }: { readonly progress: Progress; readonly signal: AbortSignal },
  work: (advance: (done: number) => void) => Promise<void>,
): Promise<void> {
  if (name === undefined) return work(() => {});
  const event = { id: `unpack ${id}`, name: `unpack ${name}` };
  const total = source.kind === "blob" ? { total: source.descriptor.size } : {};
  const advance = (done: number): void => progress({ type: "advance", id: event.id, done, ...total });
  return step(progress, event, async () => ({ value: await work(advance) }), signal);
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

/** `advance` hears how much of the blob was read, or for files made elsewhere how much content there was. */
async function* itemsOf(
  layer: Layer,
  advance: (done: number) => void,
  signal: AbortSignal,
): ReturnType<typeof readTar> {
  switch (layer.source.kind) {
    case "items": {
      let done = 0;
      let told = 0;
      for await (const item of layer.source.open(signal)) {
        yield item;
        done += item.entry.size;
        if (done - told < 1 << 20) continue;
        told = done;
        advance(done);
      }
      return;
    }
    case "blob": {
      const { descriptor, diffId, store } = layer.source;
      const tar = hashing(decompress(counted(await store.open(descriptor, signal), advance)));
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
      throw new OciError("not-found", `snapshot ${layer.id.slice(0, 12)}: gone from the cache`, {
        hint: "run the build again",
      });
  }
}

async function* counted(
  source: AsyncIterable<Uint8Array>,
  advance: (done: number) => void,
): AsyncGenerator<Uint8Array> {
  let done = 0;
  for await (const chunk of source) {
    yield chunk;
    done += chunk.length;
    advance(done);
  }
}
