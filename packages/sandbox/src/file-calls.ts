import { portableXattrs } from "./overlay/marks.ts";
import { loadLibc } from "./sys/libc.ts";
import { tryLock } from "./sys/lock.ts";

/** System calls on single files that Node lacks. */
export interface FileCalls {
  /** Attributes that mean the same on every machine, by sorted name; `undefined` where there are none. */
  xattrs(path: string): ReadonlyMap<string, Uint8Array> | undefined;
  /**
   * Takes an exclusive lock on a file, made if it is missing; `undefined` where another process, or this one, holds it.
   * The kernel frees it with the process.
   */
  tryLock(path: string): Disposable | undefined;
}

/** Loads the C library, which takes some milliseconds. */
export function fileCalls(): FileCalls {
  const libc = loadLibc();
  return {
    xattrs: (path) => portableXattrs(libc, path),
    tryLock: (path) => tryLock(libc, path),
  };
}
