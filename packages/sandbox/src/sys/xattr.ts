import { constants } from "node:os";
import { type Libc, failed } from "./libc.ts";

const { ENOTSUP, ENODATA, ERANGE } = constants.errno;
const FIRST_GUESS = 1024;
/** The kernel's own limit for a value and for a list of names (XATTR_SIZE_MAX, XATTR_LIST_MAX). */
const LARGEST = 65_536;

function readGrowing(libc: Libc, what: string, read: (buffer: Buffer) => number): Buffer | undefined {
  for (const size of [FIRST_GUESS, LARGEST]) {
    const buffer = Buffer.allocUnsafe(size);
    const length = read(buffer);
    if (length >= 0) return buffer.subarray(0, length);
    const errno = libc.errno();
    if (errno === ENODATA || errno === ENOTSUP) return undefined;
    if (errno !== ERANGE) failed(libc, what);
  }
  return failed(libc, what);
}

/** Names of the extended attributes of a path; a symbolic link is not followed. */
export function listXattrs(libc: Libc, path: string): readonly string[] {
  const names = readGrowing(libc, `list attributes of ${path}`, (buffer) =>
    libc.llistxattr(path, buffer, buffer.length),
  );
  if (names === undefined || names.length === 0) return [];
  return names.toString("utf8", 0, names.length - 1).split("\0");
}

/** The value of one attribute, or `undefined` where it is not set. */
export function getXattr(libc: Libc, path: string, name: string): Uint8Array | undefined {
  return readGrowing(libc, `read attribute ${name} of ${path}`, (buffer) =>
    libc.lgetxattr(path, name, buffer, buffer.length),
  );
}

export function setXattr(libc: Libc, path: string, name: string, value: Uint8Array): void {
  if (libc.lsetxattr(path, name, value, value.length, 0) !== 0) {
    failed(libc, `set attribute ${name} of ${path}`);
  }
}
