import { posix } from "node:path";
import { parseDockerignore } from "@seaworthy/dockerfile";
import { type FileTree, type TreeEntry, descendants, entryAt, isIgnored } from "./file-tree.ts";
import { globToRegExp, isGlob } from "./glob.ts";
import { keyOf } from "./key.ts";
import { resolveInRoot } from "./rooted.ts";

/** One source of a COPY: a file, or a directory whose content is copied. */
export interface Selected {
  readonly top: TreeEntry;
  /** The name the source was asked for by, for its place at the destination. */
  readonly asked: string;
  /** Below `top`, without it; empty for files. */
  readonly below: readonly TreeEntry[];
}

export interface SelectOptions {
  readonly exclude?: readonly string[];
  /** Throws the error that blames the instruction. */
  readonly fail: (message: string, hint?: string) => never;
}

export type Fail = (message: string, hint?: string) => never;

/** The files that a COPY's sources name. */
export function select(
  tree: FileTree,
  sources: readonly string[],
  { exclude = [], fail }: SelectOptions,
): Selected[] {
  const excluded = parseDockerignore(exclude.join("\n"));
  const drop = (entry: TreeEntry, from: string): boolean => {
    if (exclude.length === 0) return false;
    const inside = from === "" ? entry.path : entry.path.slice(from.length + 1);
    return excluded.matches(inside).ignored || excluded.matches(entry.path).ignored;
  };
  const found: Selected[] = [];
  for (const source of sources) {
    const matches = isGlob(source) ? expand(tree, source) : single(tree, source);
    if (matches.length === 0) missing(tree, source, fail);
    for (const { top, asked } of matches) {
      const below =
        top.type === "directory" ? [...descendants(tree, top)].filter((entry) => !drop(entry, top.path)) : [];
      if (top.type !== "directory" && drop(top, parentOf(top.path))) continue;
      found.push({ top, asked, below });
    }
  }
  return found;
}

function parentOf(path: string): string {
  const parent = posix.dirname(path);
  return parent === "." ? "" : parent;
}

type Match = Pick<Selected, "top" | "asked">;

function single(tree: FileTree, source: string): Match[] {
  const { path, absolute, stats } = resolveInRoot(tree.root, source);
  if (stats === undefined) return [];
  const asked = normalise(source);
  const top = entryAt(path, absolute);
  if (top === undefined) return [];
  if (isIgnored(tree, path)) {
    const brought = top.type === "directory" && !descendants(tree, top).next().done;
    if (!brought) return [];
  }
  return [{ top, asked }];
}

function expand(tree: FileTree, pattern: string): Match[] {
  const expression = globToRegExp(normalise(pattern));
  const fixed: string[] = [];
  for (const part of normalise(pattern).split("/")) {
    if (isGlob(part)) break;
    fixed.push(part);
  }
  const { path, absolute } = resolveInRoot(tree.root, fixed.join("/"));
  const top = entryAt(path, absolute);
  if (top?.type !== "directory") return [];
  return [...descendants(tree, top)]
    .filter((entry) => expression.test(entry.path))
    .flatMap((entry) => single(tree, entry.path));
}

/** Without leading slashes, `.` and trailing slashes; `..` stops at the root. */
function normalise(source: string): string {
  const path = posix.normalize(`/${source}`);
  return path === "/" ? "" : path.slice(1).replace(/\/$/, "");
}

function missing(tree: FileTree, source: string, fail: Fail): never {
  const { path, stats } = resolveInRoot(tree.root, source);
  const shown = JSON.stringify(source);
  if (stats !== undefined && tree.ignore !== undefined) {
    const { line, pattern } = tree.ignore.rules.matches(path);
    fail(
      `COPY source ${shown} is not in ${tree.name}; ${tree.ignore.file}:${line} excludes it (${pattern})`,
      `add "!${path}" below that line, or copy something else`,
    );
  }
  const near = nearest(tree, path);
  fail(
    `COPY source ${shown} is not in ${tree.name}`,
    near === undefined
      ? `look at what is there: ls ${JSON.stringify(posix.dirname(`/${path}`))}`
      : `did you mean ${JSON.stringify(near)}?`,
  );
}

/** A sibling whose name differs in case or by a letter. */
function nearest(tree: FileTree, path: string): string | undefined {
  const parent = resolveInRoot(tree.root, parentOf(path));
  const top = entryAt(parent.path, parent.absolute);
  if (top?.type !== "directory") return undefined;
  const wanted = posix.basename(path).toLowerCase();
  for (const entry of descendants(tree, top)) {
    const rest = parent.path === "" ? entry.path : entry.path.slice(parent.path.length + 1);
    if (rest.includes("/")) continue;
    const name = rest.toLowerCase();
    if (name === wanted || name.startsWith(wanted) || (wanted.length > 2 && wanted.startsWith(name)))
      return entry.path;
  }
  return undefined;
}

/** Equal for equal names, kinds, modes, owners and content, whatever the times, the folder or the machine. */
export function selectionKey(tree: FileTree, selected: readonly Selected[]): string {
  const describe = (entry: TreeEntry): (string | number)[] => [
    entry.path,
    entry.type,
    Number(entry.stats.mode) & 0o7777,
    ...(tree.keepOwner ? [Number(entry.stats.uid), Number(entry.stats.gid)] : []),
    entry.linkname ?? (entry.type === "file" ? tree.hash(entry.absolute, entry.stats) : ""),
  ];
  return keyOf({
    op: "selection",
    owner: tree.keepOwner,
    sources: selected.map(({ top, asked, below }) => ({
      asked,
      top: describe(top),
      below: below.map(describe),
    })),
  });
}
