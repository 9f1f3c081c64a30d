import { posix } from "node:path";
import { type FileTree, children, entryAt, isIgnored } from "./file-tree.ts";
import { isGlob } from "./glob.ts";
import { resolveInRoot } from "./rooted.ts";
import type { SelectOptions } from "./select.ts";

/** Says why a source is not there: ignored by which line, or a name that is nearly right. */
export function explainMissing(
  tree: FileTree,
  source: string,
  { what, fail }: Pick<SelectOptions, "what" | "fail">,
): never {
  const shown = `${what} source ${JSON.stringify(source)}`;
  if (isGlob(source)) {
    fail(
      `${shown} matches nothing in ${tree.name}`,
      tree.ignore === undefined ? undefined : `files that ${tree.ignore.file} excludes do not count`,
    );
  }
  const { path, stats } = resolveInRoot(tree.root, source);
  if (stats !== undefined && tree.hidden?.(path) === true) {
    fail(`${shown} is the store of this tool, which is never part of ${tree.name}`);
  }
  if (stats !== undefined && tree.ignore !== undefined) {
    const { line, pattern } = tree.ignore.rules.matches(path);
    if (line !== undefined) {
      fail(
        `${shown} is not in ${tree.name}; ${tree.ignore.file}:${line} excludes it (${pattern})`,
        `add "!${path}" below that line, or copy something else`,
      );
    }
  }
  const near = nearest(tree, path);
  return fail(
    `${shown} is not in ${tree.name}`,
    near === undefined ? `it has ${listing(tree, path)}` : `did you mean ${JSON.stringify(near)}?`,
  );
}

const MAX_LISTED = 8;

/** What is in the deepest directory on the way that is there. */
function listing(tree: FileTree, path: string): string {
  const names = siblings(tree, path);
  if (names === undefined) return path === "" ? "nothing" : listing(tree, parentOf(path));
  const where = parentOf(path) === "" ? "" : ` in ${parentOf(path)}/`;
  if (names.length === 0) return `nothing${where}`;
  const more = names.length > MAX_LISTED ? ` and ${names.length - MAX_LISTED} more` : "";
  return `${names.slice(0, MAX_LISTED).join(", ")}${more}${where}`;
}

/** Names that are there beside a path; undefined where its directory is not. */
function siblings(tree: FileTree, path: string): readonly string[] | undefined {
  const parent = resolveInRoot(tree.root, parentOf(path));
  const top = entryAt(parent.path, parent.absolute);
  if (top?.type !== "directory") return undefined;
  return [...children(top)].flatMap((entry) =>
    isIgnored(tree, entry.path) ? [] : [posix.basename(entry.path)],
  );
}

/** A sibling that differs in case or by an ending. */
function nearest(tree: FileTree, path: string): string | undefined {
  const wanted = posix.basename(path).toLowerCase();
  const found = siblings(tree, path)?.find((name) => {
    const other = name.toLowerCase();
    return other === wanted || other.startsWith(wanted) || (wanted.length > 2 && wanted.startsWith(other));
  });
  return found === undefined ? undefined : posix.join(parentOf(path), found);
}

function parentOf(path: string): string {
  const parent = posix.dirname(path);
  return parent === "." ? "" : parent;
}
