import type { TarEntry, TarItem } from "@seaworthy/oci";
import { throwIfAborted } from "../error.ts";
import { parentOf } from "./merge.ts";
import type { Content } from "./spool.ts";
import type { RootNode, RootTree } from "./tree.ts";

/**
 * The tree as tar entries sorted by path, every parent directory (not the root itself) among them, no time later than `latest` (seconds).
 * Of hard links the first in order carries the content.
 */
export async function* emit(
  tree: RootTree,
  {
    stamp,
    latest,
    signal,
  }: { readonly stamp: number; readonly latest: number; readonly signal: AbortSignal },
): AsyncGenerator<TarItem, void, undefined> {
  const written = new Map<Content, string>();
  for (const path of sortedPaths(tree)) {
    throwIfAborted(signal);
    const node = tree.get(path);
    if (node === undefined)
      yield { entry: { ...DIRECTORY, path, mtime: Math.min(stamp, latest) }, content: [] };
    else yield toItem(path, node, Math.min(Math.floor(node.mtime), latest), written);
  }
}

const DIRECTORY = { type: "directory", mode: 0o755, uid: 0, gid: 0, size: 0 } as const;

function toItem(path: string, node: RootNode, mtime: number, written: Map<Content, string>): TarItem {
  const { mode, uid, gid, xattrs } = node;
  const common = { path, mode, uid, gid, mtime, size: 0, ...(xattrs !== undefined && { xattrs }) };
  const bare = (entry: TarEntry): TarItem => ({ entry, content: [] });
  if (node.type === "directory") return bare({ ...common, type: "directory" });
  if (node.type === "symlink") return bare({ ...common, type: "symlink", linkname: node.target });
  const first = written.get(node.content);
  if (first !== undefined) return bare({ ...common, type: "hardlink", linkname: first });
  written.set(node.content, path);
  return { entry: { ...common, type: "file", size: node.content.size }, content: node.content.chunks() };
}

function sortedPaths(tree: RootTree): readonly string[] {
  const paths = new Set<string>();
  for (const [path] of tree.entries()) {
    for (let at = path; at !== "" && !paths.has(at); at = parentOf(at)) paths.add(at);
  }
  // A path sorts after its own beginning, so parents come first.
  return [...paths].sort((a, b) => (a < b ? -1 : 1));
}
