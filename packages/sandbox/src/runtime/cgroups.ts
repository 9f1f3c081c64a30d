import { readFileSync, readdirSync, rmdirSync } from "node:fs";
import { loadLibc } from "../sys/libc.ts";

const MNT_DETACH = 2;
const ROOT = "/sys/fs/cgroup";
const HYBRID = `${ROOT}/unified`;

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
  libc.mount("tmpfs", ROOT, "tmpfs", 0, "mode=755,size=4k");
}

/**
 * Removes the empty groups runc made for a container and could not remove, being killed itself. crun is told to make
 * none; runc cannot be.
 */
export function removeControlGroups(id: string): void {
  const controllers = readdirSync(ROOT, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const directory of [ROOT, ...controllers.map(({ name }) => `${ROOT}/${name}`)]) {
    try {
      rmdirSync(`${directory}/${id}`);
    } catch {
      // it was never made here, or is gone
    }
  }
}
