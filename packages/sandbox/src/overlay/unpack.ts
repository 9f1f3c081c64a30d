import {
  type Stats,
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  fchmodSync,
  fchownSync,
  futimesSync,
  lchownSync,
  linkSync,
  lstatSync,
  lutimesSync,
  openSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  writeSync,
} from "node:fs";
import type { TarEntry, TarItem } from "@seaworthy/oci";
import { SandboxError } from "../error.ts";
import { FileType, encodeDevice, makeNode, makeWhiteout } from "../sys/device.ts";
import { setXattr } from "../sys/xattr.ts";
import { Directories, type LayerPlace, checkEncoding, checkedParts } from "./directories.ts";
import {
  OPAQUE_NAME,
  RESERVED_PREFIX,
  WHITEOUT_PREFIX,
  isPortableXattr,
  isWhiteout,
  portableXattrs,
  setOpaque,
  whiteoutTarget,
} from "./marks.ts";
import { statWithoutLinks } from "./root-path.ts";

const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

export interface Unpacking extends LayerPlace {
  /** Told what this machine or this privilege cannot keep. */
  readonly warn: (message: string) => void;
}

/** Writes the members of one layer into a directory, in overlay form. */
export class Unpacker {
  readonly #to: Unpacking;
  readonly #directories: Directories;
  #rootOpaque = false;

  constructor(to: Unpacking) {
    this.#to = to;
    this.#directories = new Directories(to);
  }

  /** The returned promise, if any, is for the content; it must settle before the next member. */
  apply({ entry, content }: TarItem): Promise<void> | undefined {
    if (entry.path === ".") return this.#root(entry);
    const parts = checkedParts(entry.path);
    const name = parts.pop()!;
    const directory = this.#directories.open(parts.join("/"));
    if (name.startsWith(WHITEOUT_PREFIX)) return this.#whiteout(entry, directory, name);
    const path = `${directory}/${name}`;
    switch (entry.type) {
      case "directory":
        return this.#directory(entry, path);
      case "file":
        return this.#file(entry, path, content);
      case "symlink":
        return this.#symlink(entry, path);
      case "hardlink":
        return this.#hardlink(entry, path);
      case "char":
      case "block":
      case "fifo":
        return this.#node(entry, path);
      default:
        throw new SandboxError("invalid-layer", `layer: ${entry.path}: found type ${String(entry.type)}`);
    }
  }

  finish(): void {
    if (this.#rootOpaque) this.#hideRoot();
    this.#directories.finish();
  }

  #root(entry: TarEntry): undefined {
    const { root } = this.#to;
    if (entry.type !== "directory") {
      throw new SandboxError("invalid-layer", `layer: ".": expected a directory, found a ${entry.type}`);
    }
    this.#setAttributes(entry, root);
    this.#directories.setTime(root, entry.mtime);
  }

  #whiteout(entry: TarEntry, directory: string, name: string): undefined {
    const { libc, form, root } = this.#to;
    if (name === OPAQUE_NAME) {
      // Overlayfs merges root directories without looking at their mark.
      if (directory === root) this.#rootOpaque = true;
      else setOpaque(libc, form, directory);
      return;
    }
    if (name.startsWith(RESERVED_PREFIX)) return;
    const path = `${directory}/${whiteoutTarget(name, entry.path)}`;
    const stat = lstatSync(path, { throwIfNoEntry: false });
    // A whiteout is about the layers below, never about what this layer brings itself.
    if (stat === undefined) makeWhiteout(libc, path);
    else if (stat.isDirectory()) setOpaque(libc, form, path);
  }

  #hideRoot(): void {
    const { libc, root, lower } = this.#to;
    const below = lower();
    if (below === undefined) return;
    for (const name of readdirSync(below)) {
      const path = `${root}/${name}`;
      const stat = lstatSync(path, { throwIfNoEntry: false });
      if (stat === undefined) makeWhiteout(libc, path);
      else if (stat.isDirectory()) setOpaque(libc, this.#to.form, path);
    }
  }

  #directory(entry: TarEntry, path: string): undefined {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat?.isDirectory() !== true) this.#directories.make(path);
    this.#setAttributes(entry, path);
    this.#directories.setTime(path, entry.mtime);
  }

  async #file(entry: TarEntry, path: string, content: TarItem["content"]): Promise<void> {
    const fd = this.#create(path);
    try {
      let left = entry.size;
      const write = (chunk: Uint8Array): void => {
        left -= chunk.length;
        if (left < 0) throw wrongSize(entry, "more");
        for (let at = 0; at < chunk.length;) at += writeSync(fd, chunk, at);
      };
      if (Symbol.iterator in content) for (const chunk of content) write(chunk);
      else for await (const chunk of content) write(chunk);
      if (left > 0) throw wrongSize(entry, `${entry.size - left}`);
      // Owner first: changing it clears setuid bits and capabilities.
      fchownSync(fd, entry.uid, entry.gid);
      fchmodSync(fd, entry.mode);
      this.#setXattrs(entry, path);
      futimesSync(fd, entry.mtime, entry.mtime);
    } finally {
      closeSync(fd);
    }
  }

  /** Nearly always nothing has the name yet, so the call that finds out is the one that makes the file. */
  #create(path: string): number {
    try {
      return openSync(path, NEW_FILE, 0o600);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      this.#directories.clear(path);
      return openSync(path, NEW_FILE, 0o600);
    }
  }

  #symlink(entry: TarEntry, path: string): undefined {
    this.#directories.clear(path);
    symlinkSync(linkname(entry), path);
    lchownSync(path, entry.uid, entry.gid);
    this.#setXattrs(entry, path);
    lutimesSync(path, entry.mtime, entry.mtime);
  }

  #hardlink(entry: TarEntry, path: string): undefined {
    const parts = checkedParts(linkname(entry).replace(/^(?:\.?\/)+/, ""));
    const name = parts.pop()!;
    const source = `${this.#directories.open(parts.join("/"))}/${name}`;
    if (source === path) return;
    const stat = lstatSync(source, { throwIfNoEntry: false });
    if (stat === undefined) this.#copyUp(entry, source);
    else if (stat.isDirectory() || isWhiteout(stat)) throw missingLink(entry);
    this.#directories.clear(path);
    linkSync(source, path);
  }

  /** As overlayfs when a file of a lower layer is linked: the file comes up first, then it gets its second name. */
  #copyUp(entry: TarEntry, path: string): void {
    const { libc, root, lower } = this.#to;
    const below = lower();
    const relative = path.slice(root.length + 1);
    const stat = below === undefined ? undefined : (statWithoutLinks(below, relative) as Stats | undefined);
    const source = `${below}/${relative}`;
    if (stat?.isSymbolicLink() === true) symlinkSync(readlinkSync(source), path);
    else if (stat?.isFile() === true) copyFileSync(source, path, constants.COPYFILE_EXCL);
    else throw missingLink(entry);
    lchownSync(path, stat.uid, stat.gid);
    if (stat.isFile()) chmodSync(path, stat.mode & 0o7777);
    for (const [name, value] of portableXattrs(libc, source) ?? []) setXattr(libc, path, name, value);
    lutimesSync(path, stat.atimeMs / 1000, stat.mtimeMs / 1000);
  }

  #node(entry: TarEntry, path: string): undefined {
    const { libc, form, warn } = this.#to;
    this.#directories.clear(path);
    const type = { char: FileType.character, block: FileType.block, fifo: FileType.fifo }[
      entry.type as "char" | "block" | "fifo"
    ];
    try {
      makeNode(libc, path, type | 0o600, encodeDevice(entry.devMajor ?? 0, entry.devMinor ?? 0));
    } catch (error) {
      if (form !== "user" || !(error instanceof SandboxError) || error.code !== "not-permitted") throw error;
      warn(`layer: ${entry.path}: left out, as devices cannot be made in a user namespace`);
      return;
    }
    this.#setAttributes(entry, path);
    lutimesSync(path, entry.mtime, entry.mtime);
  }

  #setAttributes(entry: TarEntry, path: string): void {
    lchownSync(path, entry.uid, entry.gid);
    chmodSync(path, entry.mode);
    this.#setXattrs(entry, path);
  }

  #setXattrs({ path: name, xattrs }: TarEntry, path: string): void {
    if (xattrs === undefined) return;
    for (const [key, value] of xattrs) {
      if (!isPortableXattr(key)) continue;
      try {
        setXattr(this.#to.libc, path, key, value);
      } catch (error) {
        if (!(error instanceof SandboxError) || error.code === "disk-full") throw error;
        this.#to.warn(`layer: ${name}: attribute left out: ${error.message}`);
      }
    }
  }
}

function linkname({ path, linkname: target }: TarEntry): string {
  if (target !== undefined && target !== "" && !target.includes("\0")) {
    checkEncoding(target);
    return target;
  }
  throw new SandboxError(
    "invalid-layer",
    `layer: ${JSON.stringify(path)}: expected a link target, found none`,
  );
}

function missingLink({ path, linkname: target }: TarEntry): SandboxError {
  return new SandboxError(
    "invalid-layer",
    `layer: ${JSON.stringify(path)}: expected a file to link to, found none at ${JSON.stringify(target)}`,
  );
}

function wrongSize({ path, size }: TarEntry, found: string): SandboxError {
  return new SandboxError(
    "invalid-layer",
    `layer: ${JSON.stringify(path)}: expected ${size} bytes, found ${found}`,
  );
}
