import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { SandboxError } from "../error.ts";
import { spreadChildren } from "../sys/attributes.ts";
import type { Libc } from "../sys/libc.ts";
import { type Lock, tryLock } from "../sys/lock.ts";

/** This process's own corner of `tmp/`. A lock that the kernel frees with the process tells others it is in use. */
export interface Session extends Disposable {
  readonly path: string;
  /** A new empty directory, private to the caller. */
  create(): string;
}

const ATTEMPTS = 100;

function makeLockedDirectory(libc: Libc, tmp: string): { readonly path: string; readonly lock: Lock } {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const path = mkdtempSync(`${tmp}/`);
    let lock: Lock | undefined;
    try {
      lock = tryLock(libc, `${path}/lock`);
    } catch {
      continue; // swept away between the two calls
    }
    // A sweep that came first has the lock, or has moved the directory already.
    if (lock !== undefined && existsSync(`${path}/lock`)) return { path, lock };
    lock?.[Symbol.dispose]();
  }
  throw new SandboxError(
    "system-call",
    `${tmp}: expected to make a directory of our own in ${ATTEMPTS} attempts`,
  );
}

/** Disposing removes it with all that is in it. */
export function openSession(libc: Libc, tmp: string): Session {
  const { path, lock } = makeLockedDirectory(libc, tmp);
  // Layers are born here and renamed from here, and it is the place of birth that decides where on disk they lie.
  spreadChildren(libc, path);
  return {
    path,
    // The name decides the place: ext4 hashes it, so names that come again would meet what was just deleted there.
    create: () => mkdtempSync(`${path}/`),
    [Symbol.dispose]() {
      rmSync(path, { recursive: true, force: true });
      lock[Symbol.dispose]();
    },
  };
}

/** Removes the corners of processes that are gone. */
export async function sweepSessions(libc: Libc, tmp: string): Promise<void> {
  for (const name of readdirSync(tmp)) {
    const path = `${tmp}/${name}`;
    let lock: Lock | undefined;
    try {
      lock = tryLock(libc, `${path}/lock`);
    } catch {
      continue; // another sweep was faster
    }
    if (lock === undefined) continue;
    try {
      const dead = name.endsWith(".dead") ? path : `${path}.dead`;
      if (dead !== path) renameSync(path, dead);
      await rm(dead, { recursive: true, force: true });
    } finally {
      lock[Symbol.dispose]();
    }
  }
}
