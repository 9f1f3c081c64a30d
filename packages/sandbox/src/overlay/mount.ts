import { closeSync, constants, openSync } from "node:fs";
import { SandboxError, errnoName } from "../error.ts";
import type { Libc } from "../sys/libc.ts";
import { MountFlag } from "../sys/mount.ts";
import type { MarkForm } from "./marks.ts";

export interface OverlayMount {
  /** Lowest first. */
  readonly lowers: readonly string[];
  /** Without it the mount is read-only. */
  readonly writable?: { readonly upper: string; readonly work: string };
  readonly target: string;
  readonly form: MarkForm;
}

/** mount(2) copies one page of options. */
const LONGEST_OPTIONS = 4095;

const UPPER_HINT =
  "the cache must be on a file system that can hold an overlay (ext4, xfs, btrfs, tmpfs): not on an overlay itself, as inside a container without a volume";

const PERMISSION_HINT = 'run "seaworthy doctor": it says which privilege is missing';

/**
 * Mounts layers over one another. Directories are named by descriptor: the options stay short however long the paths
 * are (230 layers fit), and no character in a path needs escaping. `nofollow` instead of `off`: a layer from outside
 * must not redirect a directory, whatever this kernel was built to follow; `index` and `metacopy` would leave
 * differences out of the upper directory.
 */
export function mountOverlay(libc: Libc, { lowers, writable, target, form }: OverlayMount): void {
  const opened: number[] = [];
  const named = (path: string): string => {
    const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
    opened.push(fd);
    return `/proc/self/fd/${fd}`;
  };
  try {
    // The kernel wants the topmost layer first.
    const options = [`lowerdir=${lowers.map(named).reverse().join(":")}`];
    if (writable)
      options.push(`upperdir=${named(writable.upper)}`, `workdir=${named(writable.work)}`, "volatile");
    options.push("index=off", "metacopy=off", "redirect_dir=nofollow");
    if (form === "user") options.push("userxattr");
    const data = options.join(",");
    if (data.length > LONGEST_OPTIONS) {
      throw new SandboxError(
        "too-many-layers",
        `overlay: expected at most 230 layers, found ${lowers.length}`,
      );
    }
    const flags = writable ? 0 : MountFlag.readonly;
    if (libc.mount("overlay", target, "overlay", flags, data) !== 0) {
      const name = errnoName(libc.errno());
      const code = name === "EPERM" || name === "EACCES" ? "not-permitted" : "overlay";
      const hint = code === "overlay" ? UPPER_HINT : PERMISSION_HINT;
      throw new SandboxError(code, `mount an overlay of ${lowers.length} layers on ${target}: ${name}`, {
        hint,
      });
    }
  } finally {
    for (const fd of opened) closeSync(fd);
  }
}
