import { closeSync, constants as fsConstants, openSync } from "node:fs";
import { constants } from "node:os";
import { type Libc, failed } from "./libc.ts";

const LOCK_EX = 2;
const LOCK_NB = 4;
const { EWOULDBLOCK } = constants.errno;

/** Held until it is disposed or the process dies, however it dies. */
export type Lock = Disposable;

/** Takes an exclusive lock on a file (made if missing); `undefined` where somebody else holds it. */
export function tryLock(libc: Libc, path: string): Lock | undefined {
  const fd = openSync(path, fsConstants.O_RDWR | fsConstants.O_CREAT | fsConstants.O_NOFOLLOW, 0o600);
  if (libc.flock(fd, LOCK_EX | LOCK_NB) === 0) return { [Symbol.dispose]: () => closeSync(fd) };
  const errno = libc.errno();
  closeSync(fd);
  return errno === EWOULDBLOCK ? undefined : failed(libc, `lock ${path}`);
}
