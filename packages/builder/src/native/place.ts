import { createHash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import { posix } from "node:path";
import type { TarItem } from "@seaworthy/oci";
import { BuilderError } from "../error.ts";
import { keyOf } from "./key.ts";
import type { FileTree, TreeEntry } from "./file-tree.ts";
import type { Selected } from "./select.ts";

/** A file at its place in the layer, its content still where it was found. */
export interface Placed {
  readonly path: string;
  readonly type: TreeEntry["type"];
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly linkname?: string;
  readonly rdev?: number;
  /** Absolute path of the content, or the content itself (heredocs). */
  readonly content?: { readonly file: string; readonly sha256: string } | { readonly text: Buffer };
}

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Where a COPY goes, as found in the parent's files. */
export interface Destination {
  /** Relative to the root, symlinks resolved; "" is the root. */
  readonly path: string;
  /** It ends in a slash, or a directory stands there, or several sources go there. */
  readonly directory: boolean;
  /** True for paths that are directories below already: their metadata is left as it is. */
  readonly exists: (path: string) => boolean;
}

export interface PlaceOptions {
  readonly destination: Destination;
  readonly owner: Owner | undefined;
  readonly mode: ((mode: number, directory: boolean) => number) | undefined;
  /** `--parents`: sources keep their path below the destination. */
  readonly parents: boolean;
}

export function place(tree: FileTree, selected: readonly Selected[], options: PlaceOptions): Placed[] {
  const { destination, owner, mode, parents } = options;
  const placed = new Map<string, Placed>();
  const put = (entry: TreeEntry, path: string): void => {
    if (entry.type === "directory" && destination.exists(path)) return;
    const own =
      owner ?? (tree.keepOwner ? { uid: Number(entry.stats.uid), gid: Number(entry.stats.gid) } : ROOT);
    const bits = Number(entry.stats.mode) & 0o7777;
    placed.set(path, {
      path,
      type: entry.type,
      mode: entry.type === "symlink" ? 0o777 : (mode?.(bits, entry.type === "directory") ?? bits),
      ...own,
      size: entry.type === "file" ? Number(entry.stats.size) : 0,
      ...(entry.linkname === undefined ? {} : { linkname: entry.linkname }),
      ...(entry.type === "char" || entry.type === "block" ? { rdev: Number(entry.stats.rdev) } : {}),
      ...(entry.type === "file"
        ? { content: { file: entry.absolute, sha256: tree.hash(entry.absolute, entry.stats) } }
        : {}),
    });
  };
  for (const { top, asked, below } of selected) {
    const base = parents ? join(destination.path, asked) : baseOf(top, asked, destination);
    if (base !== "") put(top, base);
    for (const entry of below)
      put(entry, join(base, entry.path.slice(top.path === "" ? 0 : top.path.length + 1)));
  }
  return withParents([...placed.values()], destination, owner ?? ROOT);
}

const ROOT: Owner = { uid: 0, gid: 0 };

function baseOf(top: TreeEntry, asked: string, destination: Destination): string {
  if (top.type === "directory" || !destination.directory) return destination.path;
  return join(destination.path, posix.basename(asked));
}

function join(directory: string, name: string): string {
  if (directory === "") return name;
  return name === "" ? directory : `${directory}/${name}`;
}

/** Directories on the way that are not below yet, so that no unpacker has to invent them; sorted by path. */
export function withParents(
  placed: readonly Placed[],
  destination: Pick<Destination, "exists">,
  owner: Owner,
): Placed[] {
  const all = new Map(placed.map((item) => [item.path, item]));
  for (const { path } of placed) {
    const parts = path.split("/");
    for (let depth = 1; depth < parts.length; depth++) {
      const parent = parts.slice(0, depth).join("/");
      if (all.has(parent) || destination.exists(parent)) continue;
      all.set(parent, { path: parent, type: "directory", mode: 0o755, ...owner, size: 0 });
    }
  }
  return [...all.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

export function placedKey(placed: readonly Placed[], epoch: number): string {
  return keyOf({
    op: "files",
    epoch,
    files: placed.map(({ path, type, mode, uid, gid, linkname, rdev, content }) => [
      path,
      type,
      mode,
      uid,
      gid,
      linkname ?? "",
      rdev ?? 0,
      content === undefined
        ? ""
        : "text" in content
          ? createHash("sha256").update(content.text).digest("hex")
          : content.sha256,
    ]),
  });
}

const SLICE = 1 << 20;

/** The files as layer items; a file that is no longer what was hashed is an error, never content. */
export function* itemsOfPlaced(placed: readonly Placed[], epoch: number): Generator<TarItem> {
  for (const item of placed) {
    const { path, type, mode, uid, gid, size, linkname, rdev } = item;
    yield {
      entry: {
        path,
        type,
        mode,
        uid,
        gid,
        mtime: epoch,
        size,
        ...(linkname === undefined ? {} : { linkname }),
        ...(rdev === undefined ? {} : { devMajor: rdev >> 8, devMinor: rdev & 0xff }),
      },
      content: contentOf(item),
    };
  }
}

function contentOf({ content, size }: Placed): Iterable<Uint8Array> {
  if (content === undefined) return [];
  return "text" in content ? [content.text] : read(content.file, size, content.sha256);
}

function* read(file: string, size: number, sha256: string): Generator<Uint8Array> {
  const hash = createHash("sha256");
  const fd = openSync(file, "r");
  let left = size;
  try {
    while (left > 0) {
      const buffer = Buffer.allocUnsafe(Math.min(SLICE, left));
      const count = readSync(fd, buffer, 0, buffer.length, null);
      if (count === 0) break;
      left -= count;
      const chunk = buffer.subarray(0, count);
      hash.update(chunk);
      yield chunk;
    }
  } finally {
    closeSync(fd);
  }
  if (left > 0 || hash.digest("hex") !== sha256) {
    throw new BuilderError("context-changed", `${file}: changed while the build was reading it`, {
      hint: "run the build again when nothing writes to the folder",
    });
  }
}
