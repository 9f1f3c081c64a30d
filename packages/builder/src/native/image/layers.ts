import pLimit from "p-limit";
import { type ContentStore, type Layout, OciError, decompress, hashing, readTar } from "@seaworthy/oci";
import type { Snapshots, View } from "@seaworthy/sandbox";
import { type Progress, step } from "../../events.ts";
import { keyOf } from "../key.ts";
import type { Records } from "../records.ts";
import { singleFlight } from "../single-flight.ts";
import { summing } from "../summing.ts";
import type { Layer } from "./layer.ts";
import { type ExportedLayer, packLayer, rememberedExport } from "./pack.ts";

/** Turns layers into directories (to execute in and copy from) and into blobs (to publish). */
export interface Layers {
  /** Every layer as a snapshot; pulled and assembled ones are unpacked on first need. */
  materialise(layers: readonly Layer[], signal: AbortSignal): Promise<readonly string[]>;
  /** Mounted until it is disposed. */
  view(layers: readonly Layer[], signal: AbortSignal): Promise<View>;
  /** The layer as a compressed blob in the layout; `advance` hears of the bytes that were packed. */
  export(layer: Layer, advance: (bytes: number) => void, signal: AbortSignal): Promise<ExportedLayer>;
}

interface LayersOptions {
  readonly out: Layout;
  readonly snapshots: () => Snapshots;
  readonly records: Records;
  readonly progress: Progress;
  /** How many layers are packed at once. */
  readonly parallel: number;
}

/** How many layers are fetched at once. */
const FETCHES = 4;

export function createLayers({ out, snapshots, records, progress, parallel }: LayersOptions): Layers {
  const extracting = singleFlight<void>();
  const exporting = singleFlight<ExportedLayer>();
  const listeners = audiences();
  const limits = { pack: pLimit(parallel), fetch: pLimit(FETCHES) };

  /** A pulled layer that the image has too is fetched once, into the layout, and unpacked from there. */
  const begun = new Map<string, Promise<unknown>>();
  const held: Held = async ({ id, source }) => {
    await begun.get(id);
    return source.kind === "blob" && (await out.has(source.descriptor)) ? out : undefined;
  };

  const unpack = (layer: Layer, id: string, below: readonly string[], signal: AbortSignal): Promise<void> =>
    extracting(id, () =>
      shown("unpack", layer, id, { progress, signal }, (advance) =>
        snapshots().extract(itemsOf(layer, held, advance, signal), id, signal, below),
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
    export(layer, advance, signal) {
      const { id, source, name } = layer;
      const audience = listeners(id);
      audience.join(advance);
      const exported = exporting(id, async () => {
        const known = await rememberedExport(records, layer, out);
        if (known !== undefined) return known;
        const snapshot = ({ parents, epoch }: { parents: readonly Layer[]; epoch: number }) =>
          snapshots().diff(id, snapshotIds(parents), epoch);
        // Packing may wait for a fetch, as files are copied from what was pulled, so each has a limit of its own.
        const verb = source.kind === "blob" ? "fetch" : "pack";
        const work = (told: (done: number) => void): Promise<ExportedLayer> => {
          const parts = name === undefined ? (bytes: number) => audience.tell(bytes) : summing(told);
          return packLayer(layer, { out, records, snapshot, advance: parts }, signal);
        };
        return limits[verb](() => shown(verb, layer, id, { progress, signal }, work));
      });
      begun.set(id, exported);
      return exported;
    },
  };
}

/** Where a pulled layer is held already. */
type Held = (layer: Layer) => Promise<ContentStore | undefined>;

interface Audience {
  join(advance: (bytes: number) => void): void;
  tell(bytes: number): void;
}

/** Who comes later hears at once of what was before. */
function audiences(): (id: string) => Audience {
  const all = new Map<string, Audience>();
  return (id) => {
    let audience = all.get(id);
    if (audience !== undefined) return audience;
    const members: ((bytes: number) => void)[] = [];
    let sum = 0;
    audience = {
      join(advance) {
        members.push(advance);
        advance(sum);
      },
      tell(bytes) {
        sum += bytes;
        for (const member of members) member(bytes);
      },
    };
    all.set(id, audience);
    return audience;
  };
}

/** Layers with a name are steps of their own: they take long, and belong to no instruction. */
function shown<T>(
  verb: string,
  { name, source }: Layer,
  id: string,
  { progress, signal }: { readonly progress: Progress; readonly signal: AbortSignal },
  work: (advance: (done: number) => void) => Promise<T>,
): Promise<T> {
  if (name === undefined) return work(() => {});
  const event = { id: `${verb} ${id}`, name: `${verb} ${name}` };
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
  held: Held,
  advance: (done: number) => void,
  signal: AbortSignal,
): ReturnType<typeof readTar> {
  switch (layer.source.kind) {
    case "items": {
      const add = summing(advance);
      for await (const item of layer.source.open(signal)) {
        yield item;
        add(item.entry.size);
      }
      return;
    }
    case "blob": {
      const { descriptor, diffId, store } = layer.source;
      const from = (await held(layer)) ?? store;
      const tar = hashing(decompress(counted(await from.open(descriptor, signal), advance)));
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
