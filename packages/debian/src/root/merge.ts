import { DebianError } from "../error.ts";
import { parseRelations } from "../resolve/relation.ts";
import { satisfies } from "../resolve/version.ts";
import { RootTree } from "./tree.ts";
import type { Owner, RootNode } from "./tree.ts";
import type { UnpackedDeb, UnpackedEntry, UnpackedNpm } from "./unpacked.ts";

/**
 * All packages in one tree. Where packages share a directory, base-files says what it is like, else the first by name:
 * the result does not depend on the order they were unpacked in.
 * @throws DebianError `file-conflict`
 */
export function mergePackages(debs: readonly UnpackedDeb[], npm: readonly UnpackedNpm[]): RootTree {
  const tree = new RootTree();
  const bare: string[] = [];
  for (const deb of debs.toSorted(byRank)) bare.push(...addAll(tree, deb.entries, ownerOf(deb)));
  for (const { locked, entries } of npm) addAll(tree, entries, writer(`npm ${locked.name}`));
  dropEmpty(tree, bare);
  return tree;
}

/** An owner that replaces nothing. */
export function writer(name: string): Owner {
  return { name, replaces: () => false };
}

function byRank({ locked: a }: UnpackedDeb, { locked: b }: UnpackedDeb): number {
  // First, for the links that make /bin, /lib and /sbin parts of /usr.
  if (a.name === "base-files" || b.name === "base-files") return a.name === "base-files" ? -1 : 1;
  return a.name < b.name ? -1 : 1;
}

interface PackageOwner extends Owner {
  readonly version: string;
}

function ownerOf({ locked, control }: UnpackedDeb): PackageOwner {
  const replaced = parseRelations(control.get("replaces"), locked.arch).flat();
  return {
    name: locked.name,
    version: locked.version,
    replaces(other) {
      const { version } = other as Partial<PackageOwner>;
      return replaced.some(
        (relation) =>
          relation.name === other.name &&
          (relation.operator === undefined ||
            (version !== undefined && satisfies(version, relation.operator, relation.version!))),
      );
    },
  };
}

/** Returns the directories that only stay if something is left in them. */
function addAll(tree: RootTree, entries: readonly UnpackedEntry[], owner: Owner): readonly string[] {
  const bare: string[] = [];
  for (const entry of entries) {
    const { path, mode, uid, gid, mtime, xattrs } = entry;
    const common = { mode, uid, gid, mtime, owner, ...(xattrs !== undefined && { xattrs }) };
    switch (entry.type) {
      case "bare-directory":
        if (tree.get(tree.locate(path)) === undefined) bare.push(tree.locate(path));
        tree.add(path, { ...common, type: "directory" });
        break;
      case "directory":
        tree.add(path, { ...common, type: "directory" });
        break;
      case "file":
        tree.add(path, { ...common, type: "file", content: entry.content });
        break;
      case "symlink":
        tree.add(path, { ...common, type: "symlink", target: entry.target });
        break;
      case "hardlink":
        tree.add(path, linkTo(tree, path, entry.target));
        break;
    }
  }
  return bare;
}

function linkTo(tree: RootTree, path: string, target: string): RootNode {
  const node = tree.get(tree.locate(target));
  if (node?.type === "file") return node;
  throw new DebianError("invalid-base", `/${path}: is a hard link to /${target}, which is not in the base`, {
    hint: "leave out both by `exclude`, or none",
  });
}

function dropEmpty(tree: RootTree, paths: readonly string[]): void {
  const used = new Set<string>();
  const candidates = new Set(paths);
  for (const [path] of tree.entries()) {
    if (candidates.has(path)) continue;
    for (let parent = parentOf(path); parent !== "" && !used.has(parent); parent = parentOf(parent))
      used.add(parent);
  }
  for (const path of candidates) if (!used.has(path)) tree.remove(path);
}

export function parentOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "" : path.slice(0, slash);
}
