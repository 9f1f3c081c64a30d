import {
  type Stats,
  chmodSync,
  lchownSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  rmSync,
  unlinkSync,
} from "node:fs";
import { SandboxError } from "../error.ts";
import type { Libc } from "../sys/libc.ts";
import { setXattr } from "../sys/xattr.ts";
import { type MarkForm, isWhiteout, portableXattrs, setOpaque } from "./marks.ts";
import { resolveInRoot, statWithoutLinks } from "./root-path.ts";

export interface LayerPlace {
  readonly libc: Libc;
  readonly form: MarkForm;
  /** The directory that becomes the layer. */
  readonly root: string;
  /** The merged parents, mounted when first asked for; `undefined` where there are none. */
  readonly lower: () => string | undefined;
}

/**
 * The directories of a layer that is being unpacked. It alone turns a path from outside into one of this machine:
 * links are followed inside the layer only, and remembered as nothing else writes there.
 */
export class Directories {
  readonly #place: LayerPlace;
  readonly #known = new Map<string, string>();
  /** Times are set last, as every file that is made in a directory touches them. */
  readonly #times = new Map<string, number>();

  constructor(place: LayerPlace) {
    this.#place = place;
    this.#known.set("", place.root);
  }

  /** Where the directory really lies; made if it is missing. `""` is the root. */
  open(path: string): string {
    const known = this.#known.get(path);
    if (known !== undefined) return known;
    const parts = checkedParts(path);
    const name = parts.pop()!;
    const found = this.#enter(this.open(parts.join("/")), name, path);
    this.#known.set(path, found);
    return found;
  }

  #enter(parent: string, name: string, path: string): string {
    const { root } = this.#place;
    const candidate = `${parent}/${name}`;
    const stat = lstatSync(candidate, { throwIfNoEntry: false });
    if (stat?.isDirectory() === true) return candidate;
    if (stat?.isSymbolicLink() === true) {
      const target = resolveInRoot(root, candidate.slice(root.length));
      return this.open(target.slice(root.length + 1));
    }
    if (stat === undefined || isWhiteout(stat)) {
      this.make(candidate);
      this.#copyAttributes(candidate);
      return candidate;
    }
    throw new SandboxError(
      "invalid-layer",
      `layer: ${JSON.stringify(path)}: expected a directory, found a file`,
    );
  }

  /** Makes one directory in place of a whiteout or of nothing. */
  make(path: string): void {
    const wasDeleted = this.clear(path);
    mkdirSync(path, { mode: 0o700 });
    // The layer deletes what was there before and makes it anew: nothing of the old one may show through.
    if (wasDeleted) setOpaque(this.#place.libc, this.#place.form, path);
  }

  /** A directory the layer does not mention looks as it does below, so that merging changes nothing about it. */
  #copyAttributes(path: string): void {
    const { libc, root, lower } = this.#place;
    const below = lower();
    const relative = path.slice(root.length + 1);
    const stat = below === undefined ? undefined : (statWithoutLinks(below, relative) as Stats | undefined);
    if (stat?.isDirectory() !== true) {
      lchownSync(path, 0, 0);
      chmodSync(path, 0o755);
      this.setTime(path, 0);
      return;
    }
    lchownSync(path, stat.uid, stat.gid);
    chmodSync(path, stat.mode & 0o7777);
    for (const [name, value] of portableXattrs(libc, `${below}/${relative}`) ?? []) {
      setXattr(libc, path, name, value);
    }
    this.setTime(path, stat.mtimeMs / 1000);
  }

  /** Removes whatever has this name; true where it was a whiteout. */
  clear(path: string): boolean {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return false;
    if (!stat.isDirectory()) {
      unlinkSync(path);
      if (stat.isSymbolicLink()) this.#forget();
      return isWhiteout(stat);
    }
    rmSync(path, { recursive: true });
    this.#forget();
    for (const known of this.#times.keys()) {
      if (known === path || known.startsWith(`${path}/`)) this.#times.delete(known);
    }
    return false;
  }

  #forget(): void {
    this.#known.clear();
    this.#known.set("", this.#place.root);
  }

  setTime(path: string, mtime: number): void {
    this.#times.set(path, mtime);
  }

  finish(): void {
    for (const [path, mtime] of this.#times) lutimesSync(path, mtime, mtime);
  }
}

/** The parts of a path of a layer; one that could leave the layer is refused, not mended. */
export function checkedParts(path: string): string[] {
  const parts = path.split("/");
  for (const part of parts) {
    if (part === "" || part === "." || part === ".." || part.includes("\0")) {
      throw new SandboxError(
        "path-escape",
        `layer: ${JSON.stringify(path)}: expected a relative path without "", "." and ".." in it`,
      );
    }
  }
  checkEncoding(path);
  return parts;
}

/** Readers of archives keep bytes that are no UTF-8 as halves of characters; Node would write others in their place. */
export function checkEncoding(name: string): void {
  if (name.isWellFormed()) return;
  throw new SandboxError(
    "unsupported-name",
    `layer: ${JSON.stringify(name)}: expected a file name in UTF-8`,
    {
      hint: "use an image without such names, or rename the files where the image is made",
    },
  );
}
