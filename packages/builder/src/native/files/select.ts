import { posix } from "node:path";
import { parseDockerignore } from "@seaworthy/dockerfile";
import { type FileTree, type TreeEntry, children, descendants, entryAt, isIgnored } from "./file-tree.ts";
import { isGlob, matcherOf } from "./glob.ts";
import { explainMissing } from "./missing.ts";
import { normalise } from "./paths.ts";
import { resolveInRoot } from "./rooted.ts";

/** One source of a COPY: a file, or a directory whose content is copied. */
export interface Selected {
  readonly top: TreeEntry;
  /** What is kept of the path the source was asked for by: its name, or with `--parents` all behind the `/./`. */
  readonly asked: string;
  /** Below `top`, without it; empty for files. */
  readonly below: readonly TreeEntry[];
  /** `--parents`: the directories of `asked`, outermost first. */
  readonly above: readonly TreeEntry[];
}

export type Fail = (message: string, hint?: string) => never;

export interface SelectOptions {
  readonly exclude?: readonly string[];
  readonly parents?: boolean;
  /** What names the sources, for messages: `COPY`. */
  readonly what: string;
  /** Throws the error that blames the instruction. */
  readonly fail: Fail;
}

/**
 * The files that the sources of a COPY name. A pattern that matches nothing is left out beside other sources, as in
 * `COPY package.json yarn.lock* ./`; an instruction that would copy nothing at all fails.
 */
export function select(tree: FileTree, sources: readonly string[], options: SelectOptions): Selected[] {
  const dropped = dropper(options.exclude ?? []);
  const found: Selected[] = [];
  const empty: string[] = [];
  for (const source of sources) {
    const matches = isGlob(source) ? expand(tree, source, options) : single(tree, source, options);
    if (matches.length === 0) {
      if (!isGlob(source)) explainMissing(tree, source, options);
      empty.push(source);
    }
    for (const match of matches) {
      const { top } = match;
      // A file that is itself the source was asked for by name.
      if (top.type !== "directory") {
        found.push({ ...match, below: [] });
        continue;
      }
      const from = top.path === "" ? 0 : top.path.length + 1;
      const below = [...descendants(tree, top)].filter(({ path }) => !dropped(path.slice(from)));
      found.push({ ...match, below });
    }
  }
  if (empty.length === sources.length && sources.length > 0) explainMissing(tree, empty[0]!, options);
  return found;
}

/** `--exclude`: patterns in the syntax of .dockerignore, against the path below the source. */
function dropper(exclude: readonly string[]): (path: string) => boolean {
  if (exclude.length === 0) return () => false;
  const rules = parseDockerignore(exclude.join("\n"));
  return (path) => rules.matches(path).ignored;
}

type Match = Omit<Selected, "below">;

function single(
  tree: FileTree,
  source: string,
  { parents = false }: Pick<SelectOptions, "parents">,
): Match[] {
  const { path, absolute, stats } = resolveInRoot(tree.root, source);
  const top = stats === undefined ? undefined : entryAt(path, absolute);
  if (top === undefined) return [];
  if (isIgnored(tree, path)) {
    const brought = top.type === "directory" && descendants(tree, top).next().done !== true;
    if (!brought) return [];
  }
  if (!parents) return [{ top, asked: normalise(source), above: [] }];
  const pivot = source.indexOf("/./");
  const prefix = pivot < 0 ? "" : normalise(source.slice(0, pivot));
  const asked = normalise(pivot < 0 ? source : source.slice(pivot + 3));
  return [{ top, asked, above: directoriesOf(tree, prefix, asked) }];
}

function directoriesOf(tree: FileTree, prefix: string, asked: string): TreeEntry[] {
  const parts = asked.split("/");
  return parts.slice(0, -1).flatMap((_, depth) => {
    const path = posix.join(prefix, ...parts.slice(0, depth + 1));
    return entryAt(path, resolveInRoot(tree.root, path).absolute) ?? [];
  });
}

/** Matches one component after the other, so that only directories that can match are read. */
function expand(tree: FileTree, pattern: string, options: SelectOptions): Match[] {
  const pivot = options.parents === true ? pattern.indexOf("/./") : -1;
  const [before, after] = pivot < 0 ? ["", pattern] : [pattern.slice(0, pivot), pattern.slice(pivot + 3)];
  let places = [normalise(before)];
  const all = options.parents === true;
  for (const component of normalise(after).split("/")) {
    places = places.flatMap((place) => step(tree, place, component, all));
  }
  return places.flatMap((place) => {
    const kept = pivot < 0 ? place : `${normalise(before)}/./${place.slice(normalise(before).length)}`;
    return single(tree, kept, options);
  });
}

function step(tree: FileTree, place: string, component: string, all: boolean): string[] {
  if (!isGlob(component)) return [posix.join(place, component)];
  const { path, absolute } = resolveInRoot(tree.root, place);
  const top = entryAt(path, absolute);
  if (top?.type !== "directory") return [];
  if (all && component === "**") {
    const inside = [...descendants(tree, top)].map((entry) => posix.join(place, relative(top, entry)));
    return [place, ...inside];
  }
  const matcher = matcherOf(component);
  return [...children(top)].flatMap((entry) =>
    matcher.test(posix.basename(entry.path)) ? [posix.join(place, relative(top, entry))] : [],
  );
}

function relative(top: TreeEntry, { path }: TreeEntry): string {
  return top.path === "" ? path : path.slice(top.path.length + 1);
}
