import type { AssembledBase } from "@seaworthy/builder";
import {
  type Archive,
  type BasesLock,
  type DebianBase,
  type LockedBase,
  assemble,
  checkLock,
  imageConfigOf,
  lockKey,
} from "@seaworthy/debian";
import { type Platform, formatPlatform } from "@seaworthy/oci";
import { CliError } from "../error.ts";
import { LOCK_FILE } from "./read-lock.ts";

interface Sources {
  /** Opened on first need: a build that finds its bases in the cache asks no mirror. */
  readonly archive: () => Promise<Archive>;
  readonly cacheDir: string;
}

/** Config and lock as bases the engine can use. Every platform asked for must be locked. */
export function assembledBases(
  bases: Readonly<Record<string, DebianBase>>,
  lock: BasesLock | undefined,
  platforms: readonly Platform[],
  sources: Sources,
): Readonly<Record<string, AssembledBase>> {
  const problems = lock === undefined ? [] : checkLock(bases, lock, platforms);
  if (lock === undefined || problems.length > 0) {
    const lines = problems.map(
      ({ base, platform, problem }) => `${LOCK_FILE}: ${base} ${platform}: ${problem}`,
    );
    throw new CliError("lock", lock === undefined ? `${LOCK_FILE}: not there` : lines.join("\n"), {
      hint: 'run "seaworthy refresh" and commit the lock',
    });
  }
  return Object.fromEntries(
    Object.entries(bases).map(([name, base]) => [name, assembled(base, lock.bases[name]!, sources)]),
  );
}

function assembled(
  base: DebianBase,
  locked: Readonly<Record<string, LockedBase>>,
  sources: Sources,
): AssembledBase {
  const of = (platform: Platform): LockedBase => {
    const found = locked[formatPlatform(platform)];
    if (found !== undefined) return found;
    throw new CliError("lock", `${LOCK_FILE}: has no ${formatPlatform(platform)} for this base`, {
      hint: 'run "seaworthy refresh" and commit the lock',
    });
  };
  return {
    key: (platform) => lockKey(base, of(platform)),
    config: () => imageConfigOf(base),
    async *items(platform, signal) {
      const archive = await sources.archive();
      yield* assemble(
        base,
        of(platform),
        platform,
        { archive, cacheDir: sources.cacheDir },
        undefined,
        signal,
      );
    },
  };
}
