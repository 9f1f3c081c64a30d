import { lstatSync, readlinkSync, type Stats } from "node:fs";
import { join } from "node:path";

/** What lies at a path, not followed if it is a link. */
export interface Node {
  readonly type: "directory" | "symlink" | "other";
  readonly linkname?: string;
}

/** Looks up a path without links in its parents; "" is the root. */
export type Look<N extends Node = Node> = (path: string) => N | undefined;

export interface Resolved<N extends Node> {
  /** Slash-separated, relative to the root, symlinks resolved; "" is the root. */
  readonly path: string;
  /** Undefined where nothing is there. */
  readonly found: N | undefined;
}

const MAX_LINKS = 255;

/**
 * Resolves a path as the kernel would with the tree's root as its `/`: `..` stops at the root and absolute symlinks
 * start there, so no Dockerfile and no image can reach outside. Parts that do not exist are kept as written.
 */
export function resolvePath<N extends Node>(
  look: Look<N>,
  path: string,
  { followLast = true } = {},
): Resolved<N> {
  let links = 0;
  const done: string[] = [];
  const left = path.split("/");
  let found = look("");
  while (left.length > 0) {
    const part = left.shift()!;
    if (part === "" || part === ".") continue;
    if (part === "..") {
      done.pop();
      found = look(done.join("/"));
      continue;
    }
    done.push(part);
    found = look(done.join("/"));
    const follow = followLast || left.some((rest) => rest !== "" && rest !== ".");
    if (found?.type !== "symlink" || !follow) continue;
    if (++links > MAX_LINKS) return { path: done.join("/"), found: undefined };
    done.pop();
    if (found.linkname!.startsWith("/")) done.length = 0;
    left.unshift(...found.linkname!.split("/"));
    found = look(done.join("/"));
  }
  return { path: done.join("/"), found };
}

interface DiskNode extends Node {
  readonly stats: Stats;
}

export function lookIn(root: string): Look<DiskNode> {
  return (path) => {
    const absolute = join(root, path);
    const stats = lstatQuietly(absolute);
    if (stats === undefined) return undefined;
    if (stats.isSymbolicLink()) return { type: "symlink", linkname: readlinkSync(absolute), stats };
    return { type: stats.isDirectory() ? "directory" : "other", stats };
  };
}

export interface Rooted {
  /** As in `Resolved`. */
  readonly path: string;
  readonly absolute: string;
  /** Undefined where nothing is there. */
  readonly stats: Stats | undefined;
}

/** `resolvePath` in a directory of this machine. */
export function resolveInRoot(root: string, path: string): Rooted {
  const resolved = resolvePath(lookIn(root), path);
  return {
    path: resolved.path,
    absolute: join(root, resolved.path),
    stats: resolved.found?.stats,
  };
}

/** ENOTDIR counts as absent: a file stands where a directory was asked for. */
function lstatQuietly(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOTDIR") return undefined;
    throw error;
  }
}
