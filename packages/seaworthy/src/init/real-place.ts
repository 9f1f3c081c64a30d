import { lstatSync, realpathSync } from "node:fs";
import { join, posix } from "node:path";

/**
 * Where a path of a repository really is, links followed; its last parts may be missing. Undefined where that would be
 * outside of the root: a repository that somebody else wrote must not read or write elsewhere.
 */
export function realPlace(root: string, path: string): string | undefined {
  const top = realpathSync(root);
  const clean = posix.normalize(path);
  if (clean === ".." || clean.startsWith("../") || clean.startsWith("/")) return undefined;
  const parts = clean.split("/").filter((part) => part !== "" && part !== ".");
  let at = top;
  for (const [index, part] of parts.entries()) {
    const kind = kindOf(join(at, part));
    if (kind === "missing") return join(at, ...parts.slice(index));
    const next = kind === "link" ? targetOf(join(at, part)) : join(at, part);
    if (next === undefined || !(next === top || next.startsWith(`${top}/`))) return undefined;
    at = next;
  }
  return at;
}

function kindOf(path: string): "missing" | "link" | "other" {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return "missing";
  return found.isSymbolicLink() ? "link" : "other";
}

/** Links to nowhere and in circles lead to no place. */
function targetOf(link: string): string | undefined {
  try {
    return realpathSync(link);
  } catch {
    return undefined;
  }
}
