import { createRequire } from "node:module";
import { endianness } from "node:os";
import { arch } from "node:process";
import type Koffi from "koffi";
import { SandboxError, errnoName, toSystemError } from "../error.ts";

/**
 * The C library as this package uses it. Every function returns a negative number where the call failed; `errno()` read
 * right after says why. Numbers of system calls differ by machine, so they are named here and nowhere else.
 */
export interface Libc {
  readonly mount: (
    source: string | null,
    target: string,
    type: string | null,
    flags: number,
    data: string | null,
  ) => number;
  readonly umount2: (target: string, flags: number) => number;
  readonly unshare: (flags: number) => number;
  readonly flock: (fd: number, operation: number) => number;
  readonly syncfs: (fd: number) => number;
  readonly ioctl: (fd: number, request: number, value: Int32Array) => number;
  readonly llistxattr: (path: string, list: Buffer | null, size: number) => number;
  readonly lgetxattr: (path: string, name: string, value: Buffer | null, size: number) => number;
  readonly lsetxattr: (path: string, name: string, value: Uint8Array, size: number, flags: number) => number;
  readonly mknodat: (number: number, dir: number, path: string, mode: number, device: number) => number;
  readonly mknodatNumber: number;
  readonly errno: () => number;
}

/** `mknod` itself is an inline wrapper in glibc before 2.33, so the call is made by number. */
const MKNODAT: Readonly<Record<string, number>> = { x64: 259, arm64: 33 };

/** Loads koffi (9 ms) and binds the functions (musl and glibc alike: whichever C library Node itself runs on). */
export function loadLibc(): Libc {
  const mknodatNumber = MKNODAT[arch];
  if (mknodatNumber === undefined || endianness() !== "LE") {
    throw new SandboxError("system-call", `sandbox: expected an x64 or arm64 machine, found ${arch}`);
  }
  const koffi = createRequire(import.meta.url)("koffi") as typeof Koffi;
  const libc = koffi.load(null);
  return {
    mount: libc.func("int mount(const char*, const char*, const char*, unsigned long, const char*)"),
    umount2: libc.func("int umount2(const char*, int)"),
    unshare: libc.func("int unshare(int)"),
    flock: libc.func("int flock(int, int)"),
    syncfs: libc.func("int syncfs(int)"),
    // The kernel reads and writes an int here although the request number encodes a long.
    ioctl: libc.func("ioctl", "int", ["int", "unsigned long", "_Inout_ int32_t*"]),
    llistxattr: libc.func("int64_t llistxattr(const char*, _Out_ uint8_t*, size_t)"),
    lgetxattr: libc.func("int64_t lgetxattr(const char*, const char*, _Out_ uint8_t*, size_t)"),
    lsetxattr: libc.func("int lsetxattr(const char*, const char*, const uint8_t*, size_t, int)"),
    mknodat: libc.func("syscall", "long", ["long", "int", "str", "unsigned int", "unsigned long"]),
    mknodatNumber,
    errno: () => koffi.errno(),
  };
}

/** Throws for a failed call; `what` names it, as in `mount overlay on /x`. */
export function failed(libc: Libc, what: string, hint?: string): never {
  throw toSystemError(what, errnoName(libc.errno()), hint);
}
