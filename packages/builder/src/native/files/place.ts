import { createHash } from "node:crypto";
import { posix } from "node:path";
import { keyOf } from "../key.ts";
import type { FileTree, TreeEntry } from "./file-tree.ts";
import { joinPath, parentsOf } from "./paths.ts";
import type { Fail, Selected } from "./select.ts";

/** A file at its place in the layer, its content still where it was found. */
export interface Placed {
  readonly path: string;
  readonly type: TreeEntry["type"] | "hardlink";
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly linkname?: string;
  readonly rdev?: number;
  readonly xattrs?: ReadonlyMap<string, Uint8Array>;
  /** Absolute path of the content, or the content itself (heredocs). */
  readonly content?: { readonly file: string; readonly sha256: string } | { readonly text: Buffer };
  /** Equal where two paths of a stage are one file. */
  readonly inode?: string;
}

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export const ROOT: Owner = { uid: 0, gid: 0 };

/** Where a COPY goes, as found in the parent's files. */
export interface Destination {
  /** Relative to the root, symlinks resolved; "" is the root. */
  readonly path: string;
  /** It ends in a slash, or a directory stands there. */
  readonly directory: boolean;
  /** What lies at a path below, the last component not followed as a link. */
  readonly below: (path: string) => "directory" | "other" | undefined;
}

export interface PlaceOptions {
  readonly destination: Destination;
  readonly owner: Owner | undefined;
  readonly mode: ((mode: number, directory: boolean) => number) | undefined;
  /** `--parents`: sources keep their path below the destination. */
  readonly parents: boolean;
  readonly fail: Fail;
}

export function place(tree: FileTree, selected: readonly Selected[], options: PlaceOptions): Placed[] {
  const { destination, owner = ROOT, mode } = options;
  const placed = new Map<string, Placed>();
  const put = (entry: TreeEntry, path: string): void => {
    refuseConflict(entry, path, options);
    if (path !== "") placed.set(path, placedAt(tree, entry, path, options));
  };
  for (const { top, asked, below, above } of selected) {
    const base = baseOf(top, asked, options);
    for (const [depth, entry] of above.entries()) {
      put(
        entry,
        joinPath(
          destination.path,
          asked
            .split("/")
            .slice(0, depth + 1)
            .join("/"),
        ),
      );
    }
    if (top.type !== "directory" || options.parents) put(top, base);
    else if (base !== "" && destination.below(base) !== "directory") {
      // The directory itself is not copied, only what is in it (Dockerfile reference, COPY): it is new.
      refuseConflict(top, base, options);
      placed.set(base, { ...directoryAt(base, owner), mode: mode?.(0o755, true) ?? 0o755 });
    }
    const from = top.path === "" ? 0 : top.path.length + 1;
    for (const entry of below) put(entry, joinPath(base, entry.path.slice(from)));
  }
  return [...placed.values()];
}

/** A link to a directory is not a directory: what the copy holds would replace the link and all it leads to. */
function refuseConflict({ type }: TreeEntry, path: string, { destination, fail }: PlaceOptions): void {
  const there = destination.below(path);
  if (type === "directory" && there === "other") {
    fail(
      `cannot copy a directory to /${path}: the image has a file or a link of that name`,
      `copy into the directory the link leads to, or remove /${path} first`,
    );
  }
  if (type !== "directory" && there === "directory" && path !== "") {
    fail(
      `cannot copy a file to /${path}: the image has a directory of that name`,
      `name a file, or remove /${path} first`,
    );
  }
}

function placedAt(tree: FileTree, entry: TreeEntry, path: string, { owner, mode }: PlaceOptions): Placed {
  const { type, stats, absolute, linkname } = entry;
  const bits = tree.modeOf(Number(stats.mode) & 0o7777);
  const own = owner ?? (tree.image === undefined ? ROOT : { uid: Number(stats.uid), gid: Number(stats.gid) });
  const xattrs = tree.image?.xattrs(absolute);
  const shared = tree.image !== undefined && type === "file" && stats.nlink > 1n;
  return {
    path,
    type,
    mode: type === "symlink" ? 0o777 : (mode?.(bits, type === "directory") ?? bits),
    ...own,
    size: type === "file" ? Number(stats.size) : 0,
    ...(linkname === undefined ? {} : { linkname }),
    ...(type === "char" || type === "block" ? { rdev: Number(stats.rdev) } : {}),
    ...(xattrs === undefined ? {} : { xattrs }),
    ...(shared ? { inode: `${stats.dev}.${stats.ino}` } : {}),
    ...(type === "file" ? { content: { file: absolute, sha256: tree.hash(absolute, stats) } } : {}),
  };
}

function baseOf(top: TreeEntry, asked: string, { destination, parents }: PlaceOptions): string {
  if (parents) return joinPath(destination.path, asked);
  if (top.type === "directory" || !destination.directory) return destination.path;
  return joinPath(destination.path, posix.basename(asked));
}

export function directoryAt(path: string, owner: Owner): Placed {
  return { path, type: "directory", mode: 0o755, ...owner, size: 0 };
}

/**
 * Everything sorted by path, with the directories on the way that are not below yet, so that no unpacker has to invent
 * them, and with links in place of files that are one.
 */
export function complete(
  placed: readonly Placed[],
  { destination, owner = ROOT, fail }: Pick<PlaceOptions, "destination" | "owner" | "fail">,
): Placed[] {
  const all = new Map(placed.map((item) => [item.path, item]));
  for (const parent of new Set(placed.flatMap(({ path }) => parentsOf(path)))) {
    const placedThere = all.get(parent);
    if (placedThere !== undefined && placedThere.type !== "directory") {
      fail(`cannot copy below /${parent}: another source makes a file of that name`);
    }
    const there = placedThere === undefined ? destination.below(parent) : undefined;
    if (there === "other") fail(`cannot copy below /${parent}: the image has a file of that name`);
    if (there === undefined && placedThere === undefined) all.set(parent, directoryAt(parent, owner));
  }
  const firsts = new Map<string, string>();
  return [...all.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1)).map((item) => linked(item, firsts));
}

function linked(item: Placed, firsts: Map<string, string>): Placed {
  const { inode, ...alone } = item;
  if (inode === undefined) return alone;
  const first = firsts.get(inode);
  if (first === undefined) {
    firsts.set(inode, item.path);
    return alone;
  }
  const { path, mode, uid, gid } = item;
  return { path, type: "hardlink", mode, uid, gid, size: 0, linkname: first };
}

export function placedKey(placed: readonly Placed[], epoch: number): string {
  return keyOf({
    op: "files",
    epoch,
    files: placed.map(({ path, type, mode, uid, gid, linkname, rdev, content, xattrs }) => [
      path,
      type,
      mode,
      uid,
      gid,
      linkname ?? "",
      rdev ?? 0,
      content === undefined ? "" : sha256Of(content),
      [...(xattrs ?? [])].map(([name, value]) => [name, Buffer.from(value).toString("hex")]),
    ]),
  });
}

function sha256Of(content: NonNullable<Placed["content"]>): string {
  return "text" in content ? createHash("sha256").update(content.text).digest("hex") : content.sha256;
}
