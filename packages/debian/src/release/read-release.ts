import { createHash } from "node:crypto";
import type { Archive, OnDebianEvent } from "../archive/archive.ts";
import type { LockedRelease } from "../lock/lock.ts";
import type { Keyring } from "./keyring.ts";
import { checkRelease, parseReleaseFile } from "./release-file.ts";
import type { ReleaseFile } from "./release-file.ts";
import { verifyInRelease } from "./verify-release.ts";

/** One `dists/<suite>` of one archive. */
export interface Suite {
  readonly archive: "debian" | "debian-security";
  /** `trixie-updates` */
  readonly name: string;
  /** `trixie`: whose keys sign it. */
  readonly base: string;
}

/** The suites that make up a release: itself, its updates and its security fixes. */
export function suitesOf(codename: string): readonly Suite[] {
  return [
    { archive: "debian", name: codename, base: codename },
    { archive: "debian", name: `${codename}-updates`, base: codename },
    { archive: "debian-security", name: `${codename}-security`, base: codename },
  ];
}

export interface Trust {
  readonly keyring: Keyring;
  readonly now: Date;
  /** Release files accepted before, by suite: none may be older than its like. */
  readonly accepted: ReadonlyMap<string, LockedRelease>;
}

/**
 * A suite's release file: fetched, its signature verified, its text checked.
 * @throws DebianError `bad-signature`, `invalid-release`, `release-expired`, `release-older`, `archive-unavailable`
 */
export async function readRelease(
  suite: Suite,
  archive: Archive,
  trust: Trust,
  signal: AbortSignal,
  events?: OnDebianEvent,
): Promise<{ readonly release: ReleaseFile; readonly locked: LockedRelease }> {
  const path = `dists/${suite.name}/InRelease`;
  const read = await archive.read(
    { archive: suite.archive, path, maxBytes: 8 << 20 },
    async (body, where) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of body) chunks.push(chunk);
      const bytes = Buffer.concat(chunks);
      const text = await verifyInRelease(bytes.toString("utf8"), {
        armored: trust.keyring.armored,
        accepted: trust.keyring.fingerprints(suite.base, suite.archive),
        where,
        now: trust.now,
      });
      const release = parseReleaseFile(text, where);
      const before = trust.accepted.get(suite.name);
      const notBefore = before === undefined ? undefined : new Date(before.date);
      checkRelease(release, { suite: suite.name, now: trust.now, notBefore, where });
      return { release, sha256: createHash("sha256").update(bytes).digest("hex") };
    },
    signal,
  );
  const date = read.release.date.toISOString();
  events?.({ kind: "release", suite: suite.name, date });
  return {
    release: read.release,
    locked: { archive: suite.archive, suite: suite.name, date, sha256: read.sha256 },
  };
}
