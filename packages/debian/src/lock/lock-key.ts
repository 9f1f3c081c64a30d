import { createHash } from "node:crypto";
import type { DebianBase } from "../base.ts";
import type { LockedBase } from "./lock.ts";

/** Raised whenever the same base and lock would give other bytes than before. */
const FORMAT = 2;

/**
 * A key for the root that `assemble` makes: changes with everything that its bytes depend on, but for the epoch, which
 * is the caller's. Settings of the image alone (environment, entry point) are not part of it.
 */
export function lockKey(base: DebianBase, locked: LockedBase): string {
  const { suite, components, exclude, user, symlinks, npm } = base;
  const parts = [
    FORMAT,
    {
      suite,
      components,
      exclude,
      user: user.map(({ name, uid, gid, home, shell }) => [name, uid, gid, home, shell]),
    },
    sorted(symlinks),
    npm.map(({ files, mode }) => [sorted(files), mode]),
    locked.releases.map(({ date }) => date),
    locked.packages.map(({ name, version, arch, sha256 }) => [name, version, arch, sha256]),
    locked.npm.map(({ name, version, integrity }) => [name, version, integrity]),
  ];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

function sorted(record: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}
