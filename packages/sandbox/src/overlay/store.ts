import {
  chmodSync,
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { rm } from "node:fs/promises";
import { SandboxError, toSandboxError } from "../error.ts";
import { type Libc, failed } from "../sys/libc.ts";
import type { SnapshotId } from "../snapshots.ts";
import type { MarkForm } from "./marks.ts";
import type { Session } from "./session.ts";

const VALID_ID = /^[A-Za-z0-9][A-Za-z0-9-]{0,199}$/;

/** Paths of the store; nothing is read or made until a function below is called. */
export interface StorePaths {
  readonly snapshots: string;
  readonly tmp: string;
  readonly stub: string;
  readonly empty: readonly [string, string];
  readonly form: string;
}

export function storePaths(dir: string): StorePaths {
  return {
    snapshots: `${dir}/snapshots`,
    tmp: `${dir}/tmp`,
    stub: `${dir}/stub`,
    empty: [`${dir}/empty/1`, `${dir}/empty/2`],
    form: `${dir}/overlay-form`,
  };
}

export function snapshotPath({ snapshots }: StorePaths, id: SnapshotId): string {
  if (!VALID_ID.test(id)) {
    throw new SandboxError(
      "invalid-snapshot",
      `snapshot ${JSON.stringify(id)}: expected up to 200 letters, digits and "-"`,
    );
  }
  return `${snapshots}/${id}`;
}

/** The kernel's name for the time since it started: another after every boot. */
function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}

/**
 * Nothing is flushed when a snapshot is committed (that would cost more than most steps do). So one that was not yet
 * flushed is trusted by the boot that made it only: after a power cut its files may be empty.
 */
export function isTrusted(path: string): boolean {
  if (existsSync(`${path}/durable`)) return true;
  try {
    return readFileSync(`${path}/boot`, "utf8") === bootId();
  } catch {
    return false;
  }
}

/** Makes a finished directory (`<place>/fs`) a snapshot; renaming it is the point of no return. */
export function publish(paths: StorePaths, session: Session, place: string, id: SnapshotId): void {
  const target = snapshotPath(paths, id);
  writeFileSync(`${place}/boot`, bootId());
  for (;;) {
    try {
      renameSync(place, target);
      return;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "ENOTEMPTY" && code !== "EEXIST") throw toSandboxError(`commit snapshot ${id}`, error);
    }
    if (isTrusted(target)) {
      rmSync(place, { recursive: true, force: true });
      return;
    }
    rmSync(takeAway(session, target), { recursive: true, force: true });
  }
}

/** Takes a directory out of the store in one step; what is left to delete is what it returns. */
function takeAway(session: Session, path: string): string {
  const away = session.create();
  try {
    renameSync(path, `${away}/gone`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw toSandboxError(`remove ${path}`, error);
  }
  return away;
}

export async function discard(session: Session, path: string): Promise<void> {
  await rm(takeAway(session, path), { recursive: true, force: true });
}

/** Writes what the file system still holds in memory; afterwards `ids` survive a power cut. */
export function flush(libc: Libc, paths: StorePaths, ids: Iterable<SnapshotId>): void {
  const fd = openSync(paths.snapshots, "r");
  try {
    if (libc.syncfs(fd) !== 0) failed(libc, `flush ${paths.snapshots}`);
  } finally {
    closeSync(fd);
  }
  for (const id of ids) {
    const path = snapshotPath(paths, id);
    if (existsSync(path)) writeFileSync(`${path}/durable`, "");
  }
}

/**
 * Directories and empty files that the runtime mounts over. Without them as lowest layer it would make them in the
 * upper one, and every layer would carry an empty /etc/hosts.
 */
export function makeStub(stub: string, session: Session): void {
  if (existsSync(stub)) return;
  const place = session.create();
  const directories = ["proc", "sys", "dev", "etc"].map((name) => `${place}/${name}`);
  const files = ["hosts", "hostname", "resolv.conf"].map((name) => `${place}/etc/${name}`);
  for (const path of directories) mkdirSync(path);
  for (const path of files) writeFileSync(path, "");
  for (const path of files) finish(path, 0o644);
  for (const path of [...directories, place]) finish(path, 0o755);
  try {
    renameSync(place, stub);
  } catch (error) {
    rmSync(place, { recursive: true, force: true });
    if (!existsSync(stub)) throw error;
  }
}

/** Modes as written here, whatever the process's umask is, and times that are the same everywhere. */
function finish(path: string, mode: number): void {
  chmodSync(path, mode);
  utimesSync(path, 0, 0);
}

/** Makes the directories that need no system call of our own. */
export function makeDirectories(paths: StorePaths): void {
  for (const path of [paths.snapshots, paths.tmp, ...paths.empty]) {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  }
}

/** Root and a user namespace read different marks; a store of the other kind would silently show deleted files. */
export function claimForm(paths: StorePaths, form: MarkForm): void {
  try {
    writeFileSync(paths.form, form, { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST")
      throw toSandboxError(`write ${paths.form}`, error);
    const found = readFileSync(paths.form, "utf8");
    if (found === form) return;
    throw new SandboxError(
      "overlay",
      `${paths.form}: expected overlay marks of form "${form}", found "${found}"`,
      {
        hint: "root and other users need a cache each: choose another cache directory, or remove this one",
      },
    );
  }
}

/** The attributes of a merged root directory are those of the topmost layer, so a new one starts as a copy of it. */
export function rootAttributes(fs: string | undefined): {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
} {
  if (fs === undefined) return { mode: 0o755, uid: 0, gid: 0 };
  const { mode, uid, gid } = lstatSync(fs);
  return { mode: mode & 0o7777, uid, gid };
}
