import { DebianError } from "../error.ts";
import { parseStanza } from "../resolve/deb822.ts";

/** A file a release file vouches for. */
export interface ReleaseEntry {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

export interface ReleaseFile {
  readonly codename: string;
  readonly date: Date;
  readonly validUntil?: Date;
  /** Whether files can be fetched by their hash, which a mirror in the middle of an update does not break. */
  readonly byHash: boolean;
  readonly files: ReadonlyMap<string, ReleaseEntry>;
}

/**
 * The text of a release file, after its signature was verified.
 * @throws DebianError `invalid-release`
 */
export function parseReleaseFile(text: string, where: string): ReleaseFile {
  const stanza = parseStanza(text);
  const date = parseDate(stanza.get("date"), "Date", where);
  const until = stanza.get("valid-until");
  const files = new Map<string, ReleaseEntry>();
  for (const line of (stanza.get("sha256") ?? "").split("\n")) {
    const [, sha256, size, path] = /^\s*([0-9a-f]{64})\s+(\d+)\s+(\S+)\s*$/.exec(line) ?? [];
    if (path !== undefined) files.set(path, { path, size: Number(size), sha256: sha256! });
  }
  if (files.size === 0)
    throw new DebianError("invalid-release", `${where}: expected SHA256 entries, found none`);
  return {
    codename: stanza.get("codename") ?? "",
    date,
    ...(until !== undefined && { validUntil: parseDate(until, "Valid-Until", where) }),
    byHash: stanza.get("acquire-by-hash") === "yes",
    files,
  };
}

function parseDate(text: string | undefined, field: string, where: string): Date {
  const date = new Date(text ?? "");
  if (!Number.isNaN(date.getTime())) return date;
  throw new DebianError(
    "invalid-release",
    `${where}: ${field}: expected a date, found ${JSON.stringify(text ?? "")}`,
  );
}

/**
 * Refuses a release file that is another suite's, out of date, or older than one already accepted.
 * @throws DebianError `invalid-release`, `release-expired`, `release-older`
 */
export function checkRelease(
  release: ReleaseFile,
  {
    suite,
    now,
    notBefore,
    where,
  }: {
    readonly suite: string;
    readonly now: Date;
    /** Date of the release file of this suite in the lock. */
    readonly notBefore?: Date | undefined;
    readonly where: string;
  },
): void {
  if (release.codename !== suite) {
    throw new DebianError(
      "invalid-release",
      `${where}: expected codename ${suite}, found ${release.codename || "none"}`,
    );
  }
  if (release.validUntil !== undefined && release.validUntil < now) {
    throw new DebianError(
      "release-expired",
      `${where}: valid until ${release.validUntil.toISOString()}, now is ${now.toISOString()}`,
      {
        hint: "the mirror is no longer updated, or the clock of this machine is wrong",
      },
    );
  }
  if (notBefore !== undefined && release.date < notBefore) {
    throw new DebianError(
      "release-older",
      `${where}: expected a date of ${notBefore.toISOString()} or later, found ${release.date.toISOString()}`,
      { hint: "the mirror is behind the lock; use another mirror" },
    );
  }
}
