import { posix } from "node:path";
import { EvidenceError } from "../../error.ts";
import type { Cataloger, NamedPackage, OnProblem } from "../cataloger.ts";
import { wholeOf } from "../formats/content.ts";
import { readRpmHeader } from "../formats/rpm-header.ts";
import { headersInNdb } from "../formats/rpm-ndb.ts";
import { headersInSqlite } from "../formats/rpm-sqlite.ts";

const FOLDERS = ["var/lib/rpm/", "usr/lib/sysimage/rpm/", "usr/share/rpm/"];

type ReadHeaders = (bytes: Buffer) => readonly Buffer[] | Promise<readonly Buffer[]>;

/** What rpm's databases are called: in SQLite since rpm 4.16, in its own format at SUSE, in Berkeley DB up to RHEL 8. */
const DATABASES: ReadonlyMap<string, ReadHeaders> = new Map<string, ReadHeaders>([
  ["rpmdb.sqlite", headersInSqlite],
  ["Packages.db", headersInNdb],
  ["Packages", noBerkeley],
]);

function noBerkeley(): never {
  throw new EvidenceError("unreadable", "rpm packages are not read out of a Berkeley DB");
}

/** rpm's packages, by the headers in its database. */
export function rpm(): Cataloger {
  return {
    name: "rpm",
    wants: ({ path, size }) =>
      FOLDERS.some((folder) => path.startsWith(folder)) && DATABASES.has(posix.basename(path)) && size > 0
        ? 256 << 20
        : undefined,
    async read(file, onProblem) {
      const headers = await DATABASES.get(posix.basename(file.entry.path))?.(wholeOf(file));
      return installed(headers ?? [], onProblem);
    },
  };
}

function* installed(headers: readonly Buffer[], onProblem: OnProblem): Generator<NamedPackage> {
  let broken = 0;
  for (const blob of headers) {
    try {
      yield* toPackage(readRpmHeader(blob, TAGS));
    } catch {
      broken++;
    }
  }
  if (broken > 0) onProblem(`${broken} rpm headers could not be read`);
}

/** Tags of rpm (rpmtag.h). */
const Tag = {
  name: 1000,
  version: 1001,
  release: 1002,
  epoch: 1003,
  vendor: 1011,
  license: 1014,
  arch: 1022,
  source: 1044,
} as const;
const TAGS: ReadonlySet<number> = new Set(Object.values(Tag));

function toPackage(header: ReadonlyMap<number, string>): readonly NamedPackage[] {
  const [name, version, release] = [Tag.name, Tag.version, Tag.release].map((tag) => header.get(tag));
  if (name === undefined || version === undefined || release === undefined)
    throw new EvidenceError("unreadable", "an rpm header has no name and version");
  // Keys that somebody trusts are kept as packages.
  if (name === "gpg-pubkey") return [];
  const epoch = header.get(Tag.epoch) ?? "0";
  const [arch, licence, supplier] = [Tag.arch, Tag.license, Tag.vendor].map((tag) => header.get(tag));
  const source = sourceOf(header.get(Tag.source));
  return [
    {
      type: "rpm",
      name,
      version: `${epoch === "0" ? "" : `${epoch}:`}${version}-${release}`,
      licenses: licence === undefined ? [] : [licence],
      hashes: [],
      ...(arch !== undefined && { arch }),
      ...(supplier !== undefined && { supplier }),
      ...(source !== undefined && { source }),
    },
  ];
}

/** `bash-5.2.26-3.el9.src.rpm`: name, version and release. */
function sourceOf(file = ""): NamedPackage["source"] {
  const [, name, version] = /^([^\s]+)-([^-\s]+-[^-\s]+)\.(?:no)?src\.rpm$/.exec(file) ?? [];
  return name === undefined || version === undefined ? undefined : { name, version };
}
