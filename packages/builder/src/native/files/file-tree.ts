import { lstatSync, readdirSync, readlinkSync, type BigIntStats } from "node:fs";
import { join } from "node:path";
import type { Ignore } from "@seaworthy/dockerfile";

/** Files that COPY, ADD and bind mounts read from: a build context, a named one, or the root of a stage. */
export interface FileTree {
  /** For messages: `the build context`, `stage "build"`. */
  readonly name: string;
  /** Absolute. */
  readonly root: string;
  readonly ignore?: { readonly file: string; readonly rules: Ignore };
  /** Never part of it, whatever the rules say: the store itself, which every build changes. */
  readonly hidden?: (path: string) => boolean;
  /** Permission bits as the image gets them. */
  readonly modeOf: (mode: number) => number;
  /**
   * Of a stage: its files keep their owner, their attributes and the links between them. Those from outside belong to
   * root and are alone (Dockerfile reference, COPY --chown): who they belong to says something of this machine only.
   */
  readonly image?: { readonly xattrs: (absolute: string) => ReadonlyMap<string, Uint8Array> | undefined };
  hash(absolute: string, stats: BigIntStats): string;
}

export interface TreeEntry {
  /** Relative to the tree's root, symlinks in parents resolved. */
  readonly path: string;
  readonly absolute: string;
  readonly type: "file" | "directory" | "symlink" | "char" | "block" | "fifo";
  readonly stats: BigIntStats;
  readonly linkname?: string;
}

/** The entry at an absolute path, undefined for nothing there and for sockets, which no layer can hold. */
export function entryAt(path: string, absolute: string): TreeEntry | undefined {
  const stats = lstatSync(absolute, { bigint: true, throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  const type = typeOf(stats);
  if (type === undefined) return undefined;
  if (type === "symlink") return { path, absolute, type, stats, linkname: readlinkSync(absolute) };
  return { path, absolute, type, stats };
}

function typeOf(stats: BigIntStats): TreeEntry["type"] | undefined {
  if (stats.isFile()) return "file";
  if (stats.isDirectory()) return "directory";
  if (stats.isSymbolicLink()) return "symlink";
  if (stats.isCharacterDevice()) return "char";
  if (stats.isBlockDevice()) return "block";
  if (stats.isFIFO()) return "fifo";
  return undefined;
}

/** What lies in a directory, ignored or not, names sorted. */
export function* children({ path, absolute }: Pick<TreeEntry, "path" | "absolute">): Generator<TreeEntry> {
  for (const name of readdirSync(absolute).toSorted()) {
    const entry = entryAt(path === "" ? name : `${path}/${name}`, join(absolute, name));
    if (entry !== undefined) yield entry;
  }
}

/** What is below a directory, parents before children, names sorted; ignored files are left out. */
export function* descendants(tree: FileTree, top: TreeEntry): Generator<TreeEntry> {
  for (const entry of children(top)) {
    const ignored = isIgnored(tree, entry.path);
    if (entry.type !== "directory") {
      if (!ignored) yield entry;
      continue;
    }
    if (!ignored) {
      yield entry;
      yield* descendants(tree, entry);
    } else yield* exceptions(tree, entry);
  }
}

/** Files below an ignored directory that a later `!` rule brings back, with the directories on their way. */
function* exceptions(tree: FileTree, directory: TreeEntry): Generator<TreeEntry> {
  if (tree.hidden?.(directory.path) === true) return;
  if (tree.ignore?.rules.mayReinclude(directory.path) !== true) return;
  let announced = false;
  for (const entry of descendants(tree, directory)) {
    if (!announced) yield directory;
    announced = true;
    yield entry;
  }
}

export function isIgnored(tree: FileTree, path: string): boolean {
  if (tree.hidden?.(path) === true) return true;
  return path !== "" && tree.ignore?.rules.matches(path).ignored === true;
}
