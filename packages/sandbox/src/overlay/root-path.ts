import { lstatSync, readlinkSync } from "node:fs";
import { SandboxError, toSandboxError } from "../error.ts";

/** As the kernel: more links than this in one path are taken for a loop. */
const MOST_LINKS = 40;

/**
 * Follows a path as a process whose root directory is `root` would: absolute links start again at `root`, `..` stops
 * there. The result is absolute and lies within `root`; parts that do not exist are kept as they are written. It holds
 * as long as nobody changes links meanwhile.
 */
export function resolveInRoot(root: string, path: string): string {
  const pending = path.split("/").reverse();
  let current: string[] = [];
  let links = 0;
  while (pending.length > 0) {
    const part = pending.pop()!;
    if (part === "" || part === ".") continue;
    if (part === "..") {
      current.pop();
      continue;
    }
    const candidate = [root, ...current, part].join("/");
    if (!isLink(candidate)) {
      current.push(part);
      continue;
    }
    links += 1;
    if (links > MOST_LINKS) {
      throw new SandboxError(
        "path-escape",
        `${path}: expected at most ${MOST_LINKS} symbolic links on the way`,
      );
    }
    const target = readlinkSync(candidate);
    if (target.startsWith("/")) current = [];
    pending.push(...target.split("/").reverse());
  }
  return [root, ...current].join("/");
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOTDIR") return false; // below a file
    throw toSandboxError(`read ${path}`, error);
  }
}

/** What lies at `path` when no part of it is followed as a link: `undefined` where a parent is one or is missing. */
export function statWithoutLinks(root: string, path: string): ReturnType<typeof lstatSync> {
  let current = root;
  const parts = path.split("/");
  const last = parts.pop()!;
  for (const part of parts) {
    current = `${current}/${part}`;
    if (lstatSync(current, { throwIfNoEntry: false })?.isDirectory() !== true) return undefined;
  }
  return lstatSync(`${current}/${last}`, { throwIfNoEntry: false });
}
