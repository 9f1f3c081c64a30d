import { DebianError } from "../error.ts";
import type { BasesLock, LockedBase, LockedNpm, LockedPackage, LockedRelease } from "./lock.ts";

type Fields = Readonly<Record<string, unknown>>;

const SHA256 = /^[0-9a-f]{64}$/;
const ARCHIVE = /^debian(?:-security)?$/;
const POOL = /^pool\/(?!.*\.\.\/)[^\\?#\s]+\.deb$/;
const TARBALL = /^(?!\/)(?!.*\.\.\/)[^\\?#\s]+\.tgz$/;
const INTEGRITY = /^sha(?:512|384|256)-[A-Za-z0-9+/]+={0,2}$/;
const NAME = /^[a-z0-9][a-z0-9+.-]+$/;
const WORD = /^[^\s/]+$/;

/**
 * A lock as committed. Checked by hand and strictly: it may have been edited or badly merged, and its paths become
 * requests and its names files.
 * @throws DebianError `invalid-lock`, naming the field
 */
export function parseLock(text: string): BasesLock {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw new DebianError("invalid-lock", `bases.lock.json: ${(error as Error).message}`, {
      cause: error,
      hint: 'make it anew: run "seaworthy refresh"',
    });
  }
  const root = object(data, "");
  if (root["version"] !== 1) throw wrong("version", "1", root["version"]);
  const bases = mapValues(object(root["bases"], "bases"), (platforms, base) =>
    mapValues(object(platforms, `bases[${base}]`), (locked, platform) =>
      parseBase(locked, `bases[${base}][${platform}]`),
    ),
  );
  return { version: 1, bases };
}

function parseBase(value: unknown, where: string): LockedBase {
  const base = object(value, where);
  const requested = object(base["requested"], `${where}.requested`);
  const words = (field: string) =>
    array(requested[field], `${where}.requested.${field}`, (each, at) => word(each, at, /^\S+$/));
  return {
    suite: word(base["suite"], `${where}.suite`, WORD),
    requested: { packages: words("packages"), omit: words("omit"), components: words("components") },
    releases: array(base["releases"], `${where}.releases`, parseRelease),
    packages: array(base["packages"], `${where}.packages`, parsePackage),
    npm: array(base["npm"], `${where}.npm`, parseNpm),
  };
}

function parseRelease(value: unknown, where: string): LockedRelease {
  const fields = object(value, where);
  const date = word(fields["date"], `${where}.date`, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  if (Number.isNaN(Date.parse(date))) throw wrong(`${where}.date`, "a date", date);
  return {
    archive: word(fields["archive"], `${where}.archive`, ARCHIVE) as LockedRelease["archive"],
    suite: word(fields["suite"], `${where}.suite`, WORD),
    date,
    sha256: word(fields["sha256"], `${where}.sha256`, SHA256),
  };
}

function parsePackage(value: unknown, where: string): LockedPackage {
  const fields = object(value, where);
  const size = fields["size"];
  if (!Number.isSafeInteger(size) || (size as number) <= 0)
    throw wrong(`${where}.size`, "a number of bytes", size);
  return {
    name: word(fields["name"], `${where}.name`, NAME),
    version: word(fields["version"], `${where}.version`, WORD),
    arch: word(fields["arch"], `${where}.arch`, WORD),
    archive: word(fields["archive"], `${where}.archive`, ARCHIVE) as LockedPackage["archive"],
    path: word(fields["path"], `${where}.path`, POOL),
    sha256: word(fields["sha256"], `${where}.sha256`, SHA256),
    size: size as number,
    ...(fields["source"] !== undefined && { source: word(fields["source"], `${where}.source`, /^[^\n]+$/) }),
  };
}

function parseNpm(value: unknown, where: string): LockedNpm {
  const fields = object(value, where);
  return {
    name: word(fields["name"], `${where}.name`, /^\S+$/),
    version: word(fields["version"], `${where}.version`, WORD),
    path: word(fields["path"], `${where}.path`, TARBALL),
    integrity: word(fields["integrity"], `${where}.integrity`, INTEGRITY),
  };
}

function object(value: unknown, where: string): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw wrong(where, "an object", value);
}

function array<T>(value: unknown, where: string, parse: (each: unknown, where: string) => T): readonly T[] {
  if (!Array.isArray(value)) throw wrong(where, "a list", value);
  return value.map((each, at) => parse(each, `${where}[${at}]`));
}

function word(value: unknown, where: string, pattern: RegExp): string {
  if (typeof value === "string" && pattern.test(value)) return value;
  throw wrong(where, `text like ${pattern.source}`, value);
}

function mapValues<T>(
  fields: Fields,
  parse: (value: unknown, key: string) => T,
): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, parse(value, key)]));
}

function wrong(where: string, expected: string, found: unknown): DebianError {
  const shown = (JSON.stringify(found) ?? "nothing").slice(0, 80);
  return new DebianError("invalid-lock", `bases.lock.json: ${where}: expected ${expected}, found ${shown}`, {
    hint: 'make it anew: run "seaworthy refresh"',
  });
}
