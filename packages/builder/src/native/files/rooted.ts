import { lstatSync, readlinkSync, type Stats } from "node:fs";
import { join } from "node:path";

export interface Rooted {
  /** Slash-separated, relative to the root, symlinks resolved; "" is the root. */
  readonly path: string;
  readonly absolute: string;
  /** Undefined where nothing is there. */
  readonly stats: Stats | undefined;
}

const MAX_LINKS = 255;

/**
 * Resolves a path as the kernel would with `root` as its `/`: `..` stops at the root and absolute symlinks start there,
 * so no Dockerfile and no image can reach outside. Parts that do not exist are kept as written.
 */
export function resolveInRoot(root: string, path: string, { followLast = true } = {}): Rooted {
  let links = 0;
  const done: string[] = [];
  const left = path.split("/");
  let stats: Stats | undefined = lstatSync(root, { throwIfNoEntry: false });
  while (left.length > 0) {
    const part = left.shift()!;
    if (part === "" || part === ".") continue;
    if (part === "..") {
      done.pop();
      stats = lstatSync(join(root, ...done), { throwIfNoEntry: false });
      continue;
    }
    done.push(part);
    stats = lstatQuietly(join(root, ...done));
    if (stats?.isSymbolicLink() && (followLast || left.some((rest) => rest !== "" && rest !== "."))) {
      if (++links > MAX_LINKS)
        return { path: done.join("/"), absolute: join(root, ...done), stats: undefined };
      const target = readlinkSync(join(root, ...done));
      done.pop();
      if (target.startsWith("/")) done.length = 0;
      left.unshift(...target.split("/"));
      stats = lstatQuietly(join(root, ...done));
    }
  }
  return { path: done.join("/"), absolute: join(root, ...done), stats };
}

/** ENOTDIR counts as absent: a file stands where a directory was asked for. */
function lstatQuietly(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOTDIR") return undefined;
    throw error;
  }
}
