import type { Stats } from "node:fs";
import { SandboxError } from "../error.ts";
import type { Libc } from "../sys/libc.ts";
import { getXattr, listXattrs, setXattr } from "../sys/xattr.ts";

/** OCI image spec, layer.md: an empty file of this prefix deletes its namesake in the layers below. */
export const WHITEOUT_PREFIX = ".wh.";
/** An empty file of this name hides everything the layers below have in its directory. */
export const OPAQUE_NAME = ".wh..wh..opq";
/** Names an old union file system kept for itself; they stand for nothing in a layer. */
export const RESERVED_PREFIX = ".wh..wh.";

/** Where overlayfs keeps its marks: `trusted` needs privilege over the machine, `user` works in a user namespace. */
export type MarkForm = "trusted" | "user";

const YES = Buffer.from("y");

export function setOpaque(libc: Libc, form: MarkForm, path: string): void {
  setXattr(libc, path, `${form}.overlay.opaque`, YES);
}

export function isOpaque(libc: Libc, form: MarkForm, path: string): boolean {
  const value = getXattr(libc, path, `${form}.overlay.opaque`);
  return value !== undefined && YES.equals(value);
}

export function isWhiteout(stat: Stats): boolean {
  return stat.isCharacterDevice() && stat.rdev === 0;
}

/**
 * Attributes that mean the same on every machine. Labels of this machine's security modules do not, and overlay marks
 * from outside could point a mount anywhere.
 */
export function isPortableXattr(name: string): boolean {
  if (name === "security.capability" || name.startsWith("system.posix_acl_")) return true;
  return name.startsWith("user.") && !name.startsWith("user.overlay.");
}

/** The portable attributes of a path, by sorted name; `undefined` where there are none. */
export function portableXattrs(libc: Libc, path: string): ReadonlyMap<string, Uint8Array> | undefined {
  const names = listXattrs(libc, path).filter(isPortableXattr);
  if (names.length === 0) return undefined;
  const found = new Map<string, Uint8Array>();
  for (const name of [...names].sort()) {
    const value = getXattr(libc, path, name);
    if (value !== undefined) found.set(name, value);
  }
  return found;
}

/** The file name a whiteout deletes. A name that would reach another directory is refused. */
export function whiteoutTarget(name: string, path: string): string {
  const target = name.slice(WHITEOUT_PREFIX.length);
  if (target === "" || target === "." || target === "..") {
    throw new SandboxError(
      "path-escape",
      `layer: whiteout ${JSON.stringify(path)}: expected a file name after .wh.`,
    );
  }
  return target;
}
