import { closeSync, createReadStream, openSync, readSync } from "node:fs";
import { posix } from "node:path";
import { type AddInstruction, classifySource } from "@seaworthy/dockerfile";
import { type TarEntry, type TarItem, decompress, readTar } from "@seaworthy/oci";
import { failAt } from "./blame.ts";
import { copyLayer } from "./copy-step.ts";
import { entryAt } from "./file-tree.ts";
import { keyOf } from "./key.ts";
import type { Layer } from "./layer.ts";
import { resolveInRoot } from "./rooted.ts";
import type { Shop } from "./shop.ts";
import type { StageState } from "./state.ts";

/**
 * ADD of local files: plain files and folders as COPY does, archives unpacked at the destination (Dockerfile reference,
 * ADD). What comes over the network is refused by name; no engine here fetches it yet.
 */
export async function addLayer(
  shop: Shop,
  state: StageState,
  instruction: AddInstruction,
): Promise<{ readonly layer: Layer; readonly cached: boolean }> {
  const fail = failAt(shop.file, instruction.range, "unsupported");
  const remote = instruction.sources.find((source) => classifySource(source).type !== "local");
  if (remote !== undefined) {
    fail(
      `ADD of a remote source (${remote.slice(0, 100)}) is not carried out by this engine`,
      "fetch it in a RUN step, or give it as a named context: --build-context NAME=DIR",
    );
  }
  const archives =
    instruction.unpack === false ? [] : instruction.sources.filter((source) => isArchive(shop, source));
  if (archives.length === 0) return copyLayer(shop, state, instruction);
  if (instruction.sources.length > 1) {
    fail(
      "ADD of an archive beside other sources is not carried out by this engine",
      "write one ADD for each source",
    );
  }
  return unpack(shop, state, instruction, archives[0]!);
}

function unpack(
  shop: Shop,
  state: StageState,
  instruction: AddInstruction,
  source: string,
): Promise<{ readonly layer: Layer; readonly cached: boolean }> {
  const { path, absolute } = resolveInRoot(shop.context.root, source);
  const file = entryAt(path, absolute)!;
  const to = posix.resolve(state.config.WorkingDir ?? "/", instruction.destination).slice(1);
  const sha256 = shop.context.hash(absolute, file.stats);
  const id = keyOf({ op: "unpack", sha256, to, chown: instruction.chown, epoch: shop.request.epoch });
  const open = async function* (): AsyncGenerator<TarItem> {
    for await (const { entry, content } of readTar(decompress(createReadStream(absolute)))) {
      yield { entry: moved(entry, to), content };
    }
  };
  return Promise.resolve({ layer: { id, source: { kind: "items", open } }, cached: false });
}

function moved(entry: TarEntry, to: string): TarEntry {
  const move = (path: string): string => (to === "" ? path : path === "." ? to : `${to}/${path}`);
  const linkname =
    entry.type === "hardlink" && entry.linkname !== undefined ? move(entry.linkname) : entry.linkname;
  return { ...entry, path: move(entry.path), ...(linkname === undefined ? {} : { linkname }) };
}

/** By content and never by name, as Docker decides: gzip, zstd and plain tar; xz and bzip2 are refused, not copied. */
function isArchive(shop: Shop, source: string): boolean {
  const { path, absolute } = resolveInRoot(shop.context.root, source);
  if (entryAt(path, absolute)?.type !== "file") return false;
  const head = headOf(absolute);
  const starts = (...bytes: readonly number[]): boolean => bytes.every((byte, at) => head[at] === byte);
  return (
    starts(0x1f, 0x8b) ||
    starts(0x28, 0xb5, 0x2f, 0xfd) ||
    head.subarray(257, 262).toString("latin1") === "ustar"
  );
}

function headOf(absolute: string): Buffer {
  const buffer = Buffer.alloc(512);
  const file = openSync(absolute, "r");
  try {
    return buffer.subarray(0, readSync(file, buffer, 0, 512, 0));
  } finally {
    closeSync(file);
  }
}
