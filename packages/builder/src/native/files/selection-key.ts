import { keyOf } from "../key.ts";
import type { FileTree, TreeEntry } from "./file-tree.ts";
import type { Selected } from "./select.ts";

/** Equal for equal names, kinds, modes, owners and content, whatever the times, the folder or the machine. */
export function selectionKey(tree: FileTree, selected: readonly Selected[]): string {
  const links = new Map<string, string>();
  const describe = (entry: TreeEntry): (string | number)[] => [
    entry.path,
    entry.type,
    tree.modeOf(Number(entry.stats.mode) & 0o7777),
    contentOf(tree, entry),
    ...(tree.image === undefined ? [] : describeImage(tree.image, entry, links)),
  ];
  return keyOf({
    op: "selection",
    image: tree.image !== undefined,
    sources: selected.map(({ top, asked, below, above }) => ({
      asked,
      top: describe(top),
      below: below.map(describe),
      above: above.map(describe),
    })),
  });
}

function contentOf(tree: FileTree, { type, absolute, stats, linkname }: TreeEntry): string {
  if (type === "file") return tree.hash(absolute, stats);
  return linkname ?? (type === "char" || type === "block" ? String(stats.rdev) : "");
}

function describeImage(
  { xattrs }: NonNullable<FileTree["image"]>,
  { path, absolute, type, stats }: TreeEntry,
  links: Map<string, string>,
): (string | number)[] {
  const own = [...(xattrs(absolute) ?? [])].map(
    ([name, value]) => `${name}=${Buffer.from(value).toString("hex")}`,
  );
  const inode = `${stats.dev}.${stats.ino}`;
  const first = type === "file" && stats.nlink > 1n ? (links.get(inode) ?? "") : "";
  if (first === "") links.set(inode, path);
  return [Number(stats.uid), Number(stats.gid), own.join(" "), first];
}
