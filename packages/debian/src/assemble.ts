import { mkdir } from "node:fs/promises";
import type { Platform, TarItem } from "@seaworthy/oci";
import type { Archive, OnDebianEvent } from "./archive/archive.ts";
import { readCached } from "./archive/file-cache.ts";
import type { CachedFiles } from "./archive/file-cache.ts";
import type { DebianBase } from "./base.ts";
import { mapLimited, settleAll } from "./map-limited.ts";
import { unpackDeb } from "./deb/unpack-deb.ts";
import { DebianError } from "./error.ts";
import { differences } from "./lock/check-lock.ts";
import type { LockedBase } from "./lock/lock.ts";
import { unpackNpm } from "./npm/unpack-npm.ts";
import { buildRoot, stampOf } from "./root/build-root.ts";
import { emit } from "./root/emit.ts";
import { exclusion } from "./root/exclusion.ts";
import { Spool } from "./root/spool.ts";

export interface Sources {
  readonly archive: Archive;
  /** Packages by hash are kept here between runs; made when missing. */
  readonly cacheDir: string;
}

const PARALLEL = 4;
const MAX_TARBALL = 1 << 30;

/**
 * The root file system of a base as tar entries: sorted, the same for the same base and lock on any machine. Packages
 * are fetched (or found in the cache), verified and unpacked before the first entry comes; no process runs. Times are
 * those of the packages, none later than `epoch` (seconds). Read it to the end or call `return()`: the scratch space is freed then.
 * @throws DebianError `lock-outdated`, `archive-unavailable`, `hash-mismatch`, `file-conflict`, `invalid-package`, `disk-full` …
 */
export async function* assemble(
  base: DebianBase,
  locked: LockedBase,
  platform: Platform,
  { archive, cacheDir }: Sources,
  epoch: number | undefined,
  signal: AbortSignal,
  events?: OnDebianEvent,
): AsyncGenerator<TarItem, void, undefined> {
  checkUpToDate(base, locked, platform);
  await mkdir(cacheDir, { recursive: true });
  const spools: Spool[] = [];
  const openSpool = () => {
    const spool = new Spool(cacheDir);
    spools.push(spool);
    return spool;
  };
  try {
    const files = { archive, cacheDir, signal, events };
    const [debs, npm] = await settleAll([
      unpackDebs(locked, base, files, openSpool),
      unpackNpms(locked, base, files, openSpool),
    ]).catch((error: unknown) => {
      throw isFull(error) ? diskFull(cacheDir, error) : error;
    });
    const latest = epoch ?? stampOf(locked);
    const tree = buildRoot(base, debs, npm, Math.min(latest, stampOf(locked)));
    yield* emit(tree, { stamp: stampOf(locked), latest, signal });
  } finally {
    for (const spool of spools) spool.close();
  }
}

function unpackDebs(locked: LockedBase, base: DebianBase, files: CachedFiles, openSpool: () => Spool) {
  const isExcluded = exclusion(base.exclude);
  return mapLimited(locked.packages, PARALLEL, (each) => {
    const { archive, path, size, sha256 } = each;
    const file = { archive, path, size, sha256, asOf: dateOf(locked, archive) };
    return readCached(file, files, (body) => unpackDeb(body, each, openSpool(), isExcluded));
  });
}

function unpackNpms(locked: LockedBase, base: DebianBase, files: CachedFiles, openSpool: () => Spool) {
  return mapLimited(locked.npm, PARALLEL, (each, at) => {
    const { path, integrity } = each;
    const file = { archive: "npm", path, integrity, maxBytes: MAX_TARBALL } as const;
    return readCached(file, files, (body) => unpackNpm(body, each, base.npm[at]!, openSpool()));
  });
}

function isFull(error: unknown): error is Error {
  return error instanceof Error && "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT");
}

function diskFull(folder: string, cause: Error): DebianError {
  return new DebianError("disk-full", `${folder}: no space left for packages and their contents`, {
    cause,
    hint: "free some space there, or move the cache",
  });
}

function checkUpToDate(base: DebianBase, locked: LockedBase, platform: Platform): void {
  const [first] = differences(base, locked, platform);
  if (first === undefined) return;
  throw new DebianError("lock-outdated", `bases.lock.json: ${first}`, { hint: 'run "seaworthy refresh"' });
}

function dateOf({ releases }: LockedBase, archive: "debian" | "debian-security"): string | undefined {
  return releases
    .filter((release) => release.archive === archive)
    .map(({ date }) => date)
    .toSorted()
    .at(-1);
}
