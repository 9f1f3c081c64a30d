import { type Libc, failed } from "./libc.ts";

const AT_FDCWD = -100;

/** File type bits of `st_mode`. */
export const FileType = { character: 0o020000, block: 0o060000, fifo: 0o010000 } as const;

/** The kernel's 32-bit device number (`new_encode_dev`), which is also what `stat` shows in `rdev`. */
export function encodeDevice(major: number, minor: number): number {
  return ((minor & 0xff) | ((major & 0xfff) << 8) | ((minor & 0xfff00) << 12)) >>> 0;
}

export function decodeDevice(device: number): { readonly major: number; readonly minor: number } {
  return { major: (device >>> 8) & 0xfff, minor: (device & 0xff) | ((device >>> 12) & 0xfff00) };
}

/** Makes a device node or a fifo; `mode` is file type and permission bits, cut by the process's umask. */
export function makeNode(libc: Libc, path: string, mode: number, device: number): void {
  if (libc.mknodat(libc.mknodatNumber, AT_FDCWD, path, mode, device) !== 0) {
    failed(libc, `make node ${path}`);
  }
}

/** What overlayfs takes for "deleted". */
export function makeWhiteout(libc: Libc, path: string): void {
  makeNode(libc, path, FileType.character, 0);
}
