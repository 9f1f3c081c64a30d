import { readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { OciError } from "../error.ts";
import { throwIfAborted } from "../stream/abortable.ts";
import { explainDiskFull } from "./disk-full.ts";

/** Who holds a lock. A pid alone is not enough: it is used again, and means something else in each container. */
interface Owner {
  readonly pid: number;
  /** Start of the process in clock ticks since boot, from /proc. */
  readonly started?: string;
  /** Machine and pid namespace. */
  readonly scope: string;
}

export interface LockOptions {
  readonly signal?: AbortSignal | undefined;
  /** How long to wait for another owner. Default 30 s: the work under this lock takes milliseconds. */
  readonly patience?: number;
}

/** After this many milliseconds a lock whose owner cannot be looked up (other container, half-written) is stale. */
const STALE_AFTER = 60_000;

/**
 * Runs `work` while no other process holds the same lock file. A lock left by a process that died is taken over.
 * @throws OciError `locked` where another process keeps it too long, `aborted`, `disk-full`
 */
export async function withLock<T>(
  path: string,
  work: () => Promise<T>,
  { signal, patience = 30_000 }: LockOptions = {},
): Promise<T> {
  const deadline = performance.now() + patience;
  while (!(await tryLock(path))) {
    throwIfAborted(signal);
    if (performance.now() > deadline) {
      throw new OciError("locked", `${path}: held by ${describe(readOwner(path))} for ${patience} ms`, {
        hint: "wait for that process, or end it",
        retryable: true,
      });
    }
    await sleep(2 + Math.random() * 15);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

async function tryLock(path: string): Promise<boolean> {
  try {
    writeFileSync(path, JSON.stringify(self()), { flag: "wx" });
    return true;
  } catch (error) {
    if (!isCode(error, "EEXIST")) {
      if (isCode(error, "ENOSPC")) rmSync(path, { force: true });
      throw await explainDiskFull(error, path);
    }
  }
  if (isStale(path)) removeStale(path);
  return false;
}

// Two processes may find the same lock stale; without a guard the slower one would remove the lock that the faster one
// has taken meanwhile. Everything here is synchronous, so the guard is left behind only by a crash within microseconds.
function removeStale(path: string): void {
  const guard = `${path}.stale`;
  try {
    writeFileSync(guard, "", { flag: "wx" });
  } catch (error) {
    if (!isCode(error, "EEXIST")) throw error;
    if (ageOf(guard) > STALE_AFTER) rmSync(guard, { force: true });
    return;
  }
  try {
    if (isStale(path)) rmSync(path, { force: true });
  } finally {
    rmSync(guard, { force: true });
  }
}

function isStale(path: string): boolean {
  const owner = readOwner(path);
  if (owner === undefined || owner.scope !== scope()) return ageOf(path) > STALE_AFTER;
  return !isAlive(owner);
}

function readOwner(path: string): Owner | undefined {
  try {
    const owner: unknown = JSON.parse(readFileSync(path, "utf8"));
    const { pid, scope: where } = owner as Partial<Owner>;
    return Number.isSafeInteger(pid) && typeof where === "string" ? (owner as Owner) : undefined;
  } catch {
    return undefined;
  }
}

function isAlive({ pid, started }: Owner): boolean {
  if (started !== undefined) return startOf(pid) === started;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isCode(error, "EPERM");
  }
}

function self(): Owner {
  const started = startOf(process.pid);
  return { pid: process.pid, scope: scope(), ...(started === undefined ? {} : { started }) };
}

/** Undefined where there is no such process, it is a zombie, or there is no /proc. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name, in parentheses, may itself hold blanks and parentheses.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function scope(): string {
  try {
    return `${hostname()} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return hostname();
  }
}

function ageOf(path: string): number {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}

function describe(owner: Owner | undefined): string {
  return owner === undefined ? "an unknown process" : `process ${owner.pid} of ${owner.scope}`;
}

function isCode(error: unknown, code: string): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.code === code;
}
