import { readFileSync } from "node:fs";
import { loadLibc } from "../sys/libc.ts";

const MNT_DETACH = 2;
const HYBRID = "/sys/fs/cgroup/unified";

/**
 * crun refuses to work where version 2 of control groups is mounted beside version 1, although it is told to use none.
 * In this process's own mount namespace (and only there) it need not be visible. In a user namespace an inherited mount
 * cannot be taken away, but covered.
 */
export function hideHybridCgroups(): void {
  try {
    if (readFileSync(`${HYBRID}/cgroup.controllers`, "utf8").trim() === "") return;
  } catch {
    return; // not hybrid, or hidden already
  }
  const libc = loadLibc();
  if (libc.umount2(HYBRID, MNT_DETACH) === 0) return;
  libc.mount("tmpfs", "/sys/fs/cgroup", "tmpfs", 0, "mode=755,size=4k");
}
