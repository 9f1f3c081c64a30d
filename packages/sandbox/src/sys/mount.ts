import { constants } from "node:os";
import { type Libc, failed } from "./libc.ts";

export const MountFlag = {
  readonly: 1,
  nosuid: 2,
  nodev: 4,
  noexec: 8,
  recursive: 1 << 14,
  private: 1 << 18,
} as const;

const MNT_DETACH = 2;
const { EBUSY, EINVAL } = constants.errno;

/**
 * Unmounts; where something still holds a file open, the mount leaves the tree now and is freed with its last user.
 * Does nothing where `target` is no mount point.
 */
export function unmount(libc: Libc, target: string): void {
  if (libc.umount2(target, 0) === 0) return;
  let errno = libc.errno();
  if (errno === EBUSY) {
    if (libc.umount2(target, MNT_DETACH) === 0) return;
    errno = libc.errno();
  }
  if (errno !== EINVAL) failed(libc, `unmount ${target}`);
}
