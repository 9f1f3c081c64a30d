import { type Dirent, type Stats, lstatSync, lutimesSync, readdirSync, rmdirSync } from "node:fs";
import type { Libc } from "../sys/libc.ts";
import { type MarkForm, isOpaque, portableXattrs } from "./marks.ts";
import { statWithoutLinks } from "./root-path.ts";

/** Setting times through Node loses less than this. */
const TIME_TOLERANCE_MS = 0.01;

export interface Pruning {
  readonly libc: Libc;
  readonly form: MarkForm;
  readonly upper: string;
  /** The merged parents; asked for only when a directory may have to go. */
  readonly lower: () => string;
}

/**
 * Removes empty directories that say nothing: overlayfs copied them up for a change that was undone since, such as a
 * mount point the sandbox made and removed.
 */
export function pruneUnchanged(pruning: Pruning): void {
  pruneChildren(pruning, "");
}

/** True where nothing is left in the directory. */
function pruneChildren(pruning: Pruning, relative: string): boolean {
  const directory = `${pruning.upper}${relative}`;
  const entries: Dirent[] = readdirSync(directory, { withFileTypes: true });
  let left = entries.length;
  let before: Stats | undefined;
  for (const entry of entries) {
    if (!entry.isDirectory()) continue;
    const child = `${relative}/${entry.name}`;
    if (!pruneChildren(pruning, child) || !isUnchanged(pruning, child)) continue;
    before ??= lstatSync(directory);
    rmdirSync(`${pruning.upper}${child}`);
    left -= 1;
  }
  // Its own times must not tell of what was removed here.
  if (before) lutimesSync(directory, before.atimeMs / 1000, before.mtimeMs / 1000);
  return left === 0;
}

function isUnchanged({ libc, form, upper, lower }: Pruning, relative: string): boolean {
  const path = `${upper}${relative}`;
  if (isOpaque(libc, form, path)) return false;
  const root = lower();
  const below = statWithoutLinks(root, relative.slice(1)) as Stats | undefined;
  if (below?.isDirectory() !== true) return false;
  const now = lstatSync(path);
  if (now.mode !== below.mode || now.uid !== below.uid || now.gid !== below.gid) return false;
  if (Math.abs(now.mtimeMs - below.mtimeMs) > TIME_TOLERANCE_MS) return false;
  return sameXattrs(portableXattrs(libc, path), portableXattrs(libc, `${root}${relative}`));
}

function sameXattrs(a: ReadonlyMap<string, Uint8Array> = new Map(), b: typeof a = new Map()): boolean {
  if (a.size !== b.size) return false;
  return [...a].every(([name, value]) => {
    const other = b.get(name);
    return other !== undefined && Buffer.compare(value, other) === 0;
  });
}
