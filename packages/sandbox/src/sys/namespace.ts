import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { pid } from "node:process";
import { isMainThread } from "node:worker_threads";
import { SandboxError } from "../error.ts";
import { failed, loadLibc } from "./libc.ts";
import { MountFlag } from "./mount.ts";

const CLONE_NEWNS = 0x0002_0000;

/** `0 0 4294967295`: every user of the machine has its own number here. */
const IDENTITY_MAP = /^\s*0\s+0\s+4294967295\s*$/;

/** True inside a user namespace, where overlays keep their marks in `user.*` attributes and devices cannot be made. */
export function inUserNamespace(): boolean {
  return !IDENTITY_MAP.test(readFileSync("/proc/self/uid_map", "utf8"));
}

/**
 * Threads started before `unshare` (V8's workers always are) stay behind in the old namespace. So the kernel itself
 * remembers for us whether this process has left it, and no flag of ours can disagree.
 */
function hasLeftOldNamespace(): boolean {
  const own = readlinkSync("/proc/self/ns/mnt");
  return readdirSync("/proc/self/task").some((thread) => {
    try {
      return readlinkSync(`/proc/self/task/${thread}/ns/mnt`) !== own;
    } catch {
      return false; // the thread has ended meanwhile
    }
  });
}

/**
 * Gives the main thread, and the processes it starts from now on, a mount table of their own: what is mounted there is
 * seen by nobody else and vanishes with the process. Doing it again does nothing. Threads of libuv's pool may stay in
 * the old namespace, therefore mounted files are read with synchronous calls only.
 */
export function enterMountNamespace(): void {
  if (!isMainThread) {
    throw new SandboxError("namespace", "mount namespace: expected the main thread, found a worker");
  }
  if (hasLeftOldNamespace()) return;
  const libc = loadLibc();
  if (libc.unshare(CLONE_NEWNS) !== 0) {
    failed(
      libc,
      `mount namespace of process ${pid}`,
      'run "seaworthy doctor": it says which privilege is missing',
    );
  }
  if (libc.mount(null, "/", null, MountFlag.recursive | MountFlag.private, null) !== 0) {
    failed(libc, "make the mount tree private");
  }
}
