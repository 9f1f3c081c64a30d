import {
  type Stats,
  closeSync,
  constants,
  lstatSync,
  openSync,
  readSync,
  readdirSync,
  readlinkSync,
} from "node:fs";
import type { TarEntry, TarEntryType, TarItem } from "@seaworthy/oci";
import { SandboxError } from "../error.ts";
import { decodeDevice } from "../sys/device.ts";
import type { Libc } from "../sys/libc.ts";
import {
  type MarkForm,
  OPAQUE_NAME,
  WHITEOUT_PREFIX,
  isOpaque,
  isWhiteout,
  portableXattrs,
} from "./marks.ts";
import { statWithoutLinks } from "./root-path.ts";

const SLICE = 1 << 20;

export interface Difference {
  readonly libc: Libc;
  readonly form: MarkForm;
  readonly upper: string;
  /** The merged parents, mounted when first asked for; `undefined` where there are none. */
  readonly lower: () => string | undefined;
  /** What the root directory would be without this layer. */
  readonly rootBelow: { readonly mode: number; readonly uid: number; readonly gid: number };
  /** Seconds; no time in the layer is later. */
  readonly epoch: number;
}

type Walk = Difference & { readonly firstPaths: Map<number, string> };

/** An upper directory as tar members: a directory before its children, names in code unit order. */
export function* differences(difference: Difference): Generator<TarItem> {
  const walk: Walk = { ...difference, firstPaths: new Map() };
  yield* rootItem(walk);
  yield* children(walk, "", true);
}

/** The root directory is a member only where its attributes differ from the parents': unpackers differ about it. */
function* rootItem(walk: Walk): Generator<TarItem> {
  const own = lstatSync(walk.upper);
  const { mode, uid, gid } = walk.rootBelow;
  if (own.uid === uid && own.gid === gid && (own.mode & 0o7777) === mode) return;
  yield { entry: baseEntry(walk, ".", "directory", own), content: [] };
}

function* children(walk: Walk, directory: string, lowerVisible: boolean): Generator<TarItem> {
  for (const name of readdirSync(`${walk.upper}/${directory}`).sort()) {
    const path = directory === "" ? name : `${directory}/${name}`;
    const stat = lstatSync(`${walk.upper}/${path}`, { throwIfNoEntry: false });
    checkName(path, name, stat);
    if (isWhiteout(stat)) {
      if (lowerVisible && below(walk, path)) yield whiteout(directory, `${WHITEOUT_PREFIX}${name}`);
    } else if (stat.isDirectory()) {
      yield { entry: baseEntry(walk, path, "directory", stat), content: [] };
      const opaque = isOpaque(walk.libc, walk.form, `${walk.upper}/${path}`);
      // Every new directory carries the mark; it means something only where there is something to hide.
      if (opaque && lowerVisible && below(walk, path)?.isDirectory() === true) {
        yield whiteout(path, OPAQUE_NAME);
      }
      yield* children(walk, path, lowerVisible && !opaque);
    } else if (!stat.isSocket()) {
      yield leaf(walk, path, stat);
    }
  }
}

function below(walk: Walk, path: string): Stats | undefined {
  const lower = walk.lower();
  return lower === undefined ? undefined : (statWithoutLinks(lower, path) as Stats | undefined);
}

function checkName(path: string, name: string, stat: Stats | undefined): asserts stat is Stats {
  if (stat === undefined) {
    throw new SandboxError(
      "unsupported-name",
      `layer: ${JSON.stringify(path)}: expected a file name in UTF-8`,
      {
        hint: "rename the file, or remove it in the step that makes it",
      },
    );
  }
  if (name.startsWith(WHITEOUT_PREFIX)) {
    throw new SandboxError(
      "unsupported-name",
      `layer: ${JSON.stringify(path)}: names that start with .wh. mean deletions in an image`,
      { hint: "rename the file, or remove it in the step that makes it" },
    );
  }
}

function whiteout(directory: string, name: string): TarItem {
  const path = directory === "" ? name : `${directory}/${name}`;
  return { entry: { path, type: "file", mode: 0, uid: 0, gid: 0, mtime: 0, size: 0 }, content: [] };
}

function baseEntry(walk: Walk, path: string, type: TarEntryType, stat: Stats): TarEntry {
  const xattrs = portableXattrs(walk.libc, `${walk.upper}/${path}`);
  return {
    path,
    type,
    mode: stat.mode & 0o7777,
    uid: stat.uid,
    gid: stat.gid,
    // Whole seconds, as in the layers everybody else makes.
    mtime: Math.min(Math.floor(stat.mtimeMs / 1000), walk.epoch),
    size: 0,
    ...(xattrs === undefined ? {} : { xattrs }),
  };
}

function leaf(walk: Walk, path: string, stat: Stats): TarItem {
  const file = `${walk.upper}/${path}`;
  if (stat.isSymbolicLink()) {
    return {
      entry: { ...baseEntry(walk, path, "symlink", stat), linkname: readlinkSync(file) },
      content: [],
    };
  }
  if (!stat.isFile()) {
    const type = stat.isFIFO() ? "fifo" : stat.isBlockDevice() ? "block" : "char";
    const { major, minor } = decodeDevice(stat.rdev);
    const device = type === "fifo" ? {} : { devMajor: major, devMinor: minor };
    return { entry: { ...baseEntry(walk, path, type, stat), ...device }, content: [] };
  }
  if (stat.nlink > 1) {
    const first = walk.firstPaths.get(stat.ino);
    if (first !== undefined) {
      const { xattrs: _, ...entry } = baseEntry(walk, path, "hardlink", stat);
      return { entry: { ...entry, linkname: first }, content: [] };
    }
    walk.firstPaths.set(stat.ino, path);
  }
  const entry = { ...baseEntry(walk, path, "file", stat), size: stat.size };
  return { entry, content: { [Symbol.iterator]: () => readSlices(file, stat.size) } };
}

/** Synchronous on purpose: for files in the page cache it is faster than any stream, and nothing is read ahead. */
function* readSlices(path: string, size: number): Generator<Uint8Array> {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    let left = size;
    while (left > 0) {
      const slice = Buffer.allocUnsafe(Math.min(left, SLICE));
      const length = readSync(fd, slice, 0, slice.length, null);
      if (length === 0) {
        throw new SandboxError("invalid-snapshot", `${path}: expected ${size} bytes, found ${size - left}`);
      }
      left -= length;
      yield slice.subarray(0, length);
    }
  } finally {
    closeSync(fd);
  }
}
