import {
  chmodSync,
  closeSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  rmdirSync,
  statSync,
  unlinkSync,
} from "node:fs";
import { toSandboxError } from "../error.ts";
import { resolveInRoot } from "../overlay/root-path.ts";

export interface MountPoint {
  readonly target: string;
  readonly kind: "file" | "directory";
}

/** A bind mount of a file needs a file to lie on; everything else a directory. */
export function mountPointKind(source: string | undefined): MountPoint["kind"] {
  if (source === undefined) return "directory";
  return statSync(source, { throwIfNoEntry: false })?.isDirectory() === false ? "file" : "directory";
}

/**
 * Makes the mount points that a root file system lacks; disposing removes those that are still empty. Both leave the
 * times of the directory around them as the process sees or set them, so nothing tells of it afterwards. The runtime
 * would make them too, but not remove them.
 */
export function makeMountPoints(rootfs: string, points: readonly MountPoint[]): Disposable {
  const made: { readonly path: string; readonly kind: MountPoint["kind"] }[] = [];
  const covered: string[] = [];
  const remove = (): void => {
    for (const { path, kind } of made.toReversed()) removeIfEmpty(path, kind);
  };
  try {
    for (const { target, kind } of points) {
      const path = resolveInRoot(rootfs, target);
      // Below another mount nothing of the root file system shows.
      if (!covered.some((above) => path.startsWith(`${above}/`))) {
        for (const missing of missingParts(rootfs, path)) {
          const create = missing === path ? kind : "directory";
          keepingTimes(parentOf(missing), () => makePoint(missing, create));
          made.push({ path: missing, kind: create });
        }
      }
      covered.push(path);
    }
  } catch (error) {
    remove();
    throw toSandboxError(`make mount points in ${rootfs}`, error);
  }
  return { [Symbol.dispose]: remove };
}

function missingParts(rootfs: string, path: string): string[] {
  const missing: string[] = [];
  let current = path;
  while (current.length > rootfs.length && lstatSync(current, { throwIfNoEntry: false }) === undefined) {
    missing.unshift(current);
    current = parentOf(current);
  }
  return missing;
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

function keepingTimes(directory: string, change: () => void): void {
  const { atimeMs, mtimeMs } = lstatSync(directory);
  change();
  lutimesSync(directory, atimeMs / 1000, mtimeMs / 1000);
}

function makePoint(path: string, kind: MountPoint["kind"]): void {
  if (kind === "directory") mkdirSync(path);
  else closeSync(openSync(path, "wx"));
  chmodSync(path, kind === "directory" ? 0o755 : 0o644);
}

function removeIfEmpty(path: string, kind: MountPoint["kind"]): void {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  try {
    if (kind === "directory" && stat?.isDirectory() === true)
      keepingTimes(parentOf(path), () => rmdirSync(path));
    else if (kind === "file" && stat?.isFile() === true && stat.size === 0) {
      keepingTimes(parentOf(path), () => unlinkSync(path));
    }
  } catch (error) {
    // The process filled it before anything was mounted there: then it is no longer ours.
    if ((error as NodeJS.ErrnoException).code !== "ENOTEMPTY") throw error;
  }
}
