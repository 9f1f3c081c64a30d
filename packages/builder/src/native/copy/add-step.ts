import { posix } from "node:path";
import { type AddInstruction, classifySource } from "@seaworthy/dockerfile";
import { type TarEntry, type TarItem, decompress, readTar } from "@seaworthy/oci";
import { failAt } from "../blame.ts";
import { type TreeEntry, entryAt } from "../files/file-tree.ts";
import { joinPath } from "../files/paths.ts";
import { itemsOfPlaced } from "../files/placed-items.ts";
import { type Owner, type Placed, ROOT, complete, directoryAt, placedKey } from "../files/place.ts";
import { select } from "../files/select.ts";
import { type Layer, idsOf, layerIdIn } from "../image/layer.ts";
import { keyOf } from "../key.ts";
import type { Made, Shop } from "../shop.ts";
import type { StageState } from "../state.ts";
import { archiveKind, readHashed } from "./archive.ts";
import { openBelow } from "./below.ts";
import { copyLayer } from "./copy-step.ts";
import { destinationOf, ownerOf } from "./destination.ts";

/**
 * ADD of local files: plain files and folders as COPY does, archives unpacked at the destination (Dockerfile reference,
 * ADD).
 */
export async function addLayer(shop: Shop, state: StageState, instruction: AddInstruction): Promise<Made> {
  refuseRemote(shop, instruction);
  const archives = await archivesIn(shop, instruction);
  if (archives.size === 0) return copyLayer(shop, state, instruction);
  const made: Made[] = [];
  for (const source of instruction.sources) {
    const archive = archives.get(source);
    if (archive === undefined) made.push(await copyLayer(shop, state, alone(instruction, source)));
    else made.push(await unpack(shop, state, instruction, archive));
  }
  if (instruction.heredocSources.length > 0) {
    made.push(await copyLayer(shop, state, { ...instruction, sources: [] }));
  }
  return { layer: sequence(made.map(({ layer }) => layer)), cached: made.every(({ cached }) => cached) };
}

/** What comes over the network is refused by name. */
export function refuseRemote(shop: Pick<Shop, "file">, { sources, checksum, range }: AddInstruction): void {
  const fail = failAt(shop.file, range, "unsupported");
  const remote = sources.find((source) => classifySource(source).type !== "local");
  if (remote !== undefined) {
    fail(
      `ADD of a remote source (${remote.slice(0, 100)}) is not carried out by this engine`,
      "fetch it in a RUN step, or give it as a named context: --build-context NAME=DIR",
    );
  }
  if (checksum !== undefined) {
    fail("ADD --checksum is for remote sources, found local ones only", "leave the flag out");
  }
}

function alone(instruction: AddInstruction, source: string): AddInstruction {
  // Beside others, a destination that is no directory yet would be written twice.
  const { destination, sources } = instruction;
  const directory = sources.length > 1 && !destination.endsWith("/") ? `${destination}/` : destination;
  return { ...instruction, sources: [source], heredocSources: [], destination: directory };
}

async function archivesIn(
  shop: Shop,
  { sources, unpack: wanted, range }: AddInstruction,
): Promise<ReadonlyMap<string, TreeEntry>> {
  const found = new Map<string, TreeEntry>();
  if (wanted === false) return found;
  for (const source of sources) {
    const fail = failAt(shop.file, range, "copy-source");
    const [match, ...others] = select(shop.context, [source], { what: "ADD", fail });
    if (match === undefined || others.length > 0 || match.top.type !== "file") continue;
    const kind = await archiveKind(match.top.absolute);
    if (kind === "refused") {
      failAt(
        shop.file,
        range,
        "unsupported",
      )(
        `ADD of ${JSON.stringify(source)}: archives in xz and bzip2 are not unpacked by this engine`,
        "pack it with gzip or zstd, or copy it as it is with ADD --unpack=false",
      );
    }
    if (kind === "archive") found.set(source, entryAt(match.top.path, match.top.absolute)!);
  }
  return found;
}

async function unpack(
  shop: Shop,
  state: StageState,
  instruction: AddInstruction,
  { absolute, stats }: TreeEntry,
): Promise<Made> {
  const { epoch, noCache } = shop.request;
  const sha256 = shop.context.hash(absolute, stats);
  const { chown } = instruction;
  const to = posix.resolve(state.config.WorkingDir ?? "/", instruction.destination);
  const key = keyOf({ op: "add", sha256, to, chown, below: idsOf(state.layers), epoch });
  const known = noCache === true ? undefined : layerIdIn(shop.records.get("copy", key));
  const find = () => findPlace(shop, state, instruction, to);
  const idOf = ({ path, made, given }: UnpackPlace): string =>
    keyOf({ op: "unpack", sha256, path, made: placedKey(made, epoch), given: given && { ...given }, epoch });
  const id = known ?? idOf(await find());
  if (known === undefined) shop.records.put("copy", key, { layer: id });
  const open = async function* (): AsyncGenerator<TarItem> {
    const { path, made, given } = await find();
    yield* itemsOfPlaced(made, epoch);
    for await (const { entry, content } of readTar(decompress(readHashed(absolute, sha256)))) {
      // What the archive says of its own top is not copied, only what is in it.
      if (entry.path !== ".") yield { entry: { ...moved(entry, path, epoch), ...given }, content };
    }
  };
  return { layer: { id, source: { kind: "items", open } }, cached: known !== undefined };
}

interface UnpackPlace {
  /** Relative to the root of the image. */
  readonly path: string;
  /** Directories on the way that are not there yet. */
  readonly made: readonly Placed[];
  /** `--chown` */
  readonly given: Owner | undefined;
}

async function findPlace(
  shop: Shop,
  state: StageState,
  instruction: AddInstruction,
  to: string,
): Promise<UnpackPlace> {
  using release = new DisposableStack();
  const below = await openBelow(shop, state.layers, release);
  const fail = failAt(shop.file, instruction.range, "copy-destination");
  const where = { instruction, heredocs: [], to, slash: true, parents: false };
  const destination = destinationOf(where, 1, below.look, fail);
  const given = await ownerOf(shop, instruction, below);
  const owner = given ?? ROOT;
  const { path } = destination;
  const fresh = path !== "" && destination.below(path) === undefined;
  return {
    path,
    made: complete(fresh ? [directoryAt(path, owner)] : [], { destination, owner, fail }),
    given,
  };
}

function moved(entry: TarEntry, to: string, epoch: number): TarEntry {
  const move = (path: string): string => joinPath(to, path);
  const linkname =
    entry.type === "hardlink" && entry.linkname !== undefined ? move(entry.linkname) : entry.linkname;
  return {
    ...entry,
    path: move(entry.path),
    mtime: Math.min(entry.mtime, epoch),
    ...(linkname === undefined ? {} : { linkname }),
  };
}

/** One layer of several, each written over those before it. */
function sequence(layers: readonly Layer[]): Layer {
  const [first] = layers;
  if (layers.length === 1 && first !== undefined) return first;
  return {
    id: keyOf({ op: "sequence", layers: layers.map(({ id }) => id) }),
    source: {
      kind: "items",
      open: async function* (signal) {
        for (const { source } of layers) if (source.kind === "items") yield* source.open(signal);
      },
    },
  };
}
