import { DatabaseSync } from "node:sqlite";
import type { Advisory, Affected } from "./advisory.ts";
import type { Ecosystem } from "./ecosystem.ts";

/** Changes with the shape of the file: another one is built anew. */
export const INDEX_FORMAT = "1";

export interface IndexFacts {
  readonly ecosystem: Ecosystem;
  /** Digest of what it was built from. */
  readonly version: string;
  /** When the youngest record was last changed, RFC 3339. */
  readonly updated: string;
  readonly advisories: number;
}

/** What an advisory says about one package. */
export interface IndexEntry {
  readonly advisory: Advisory;
  readonly affected: Affected;
}

/** The advisories of one ecosystem, ready to be asked. */
export interface AdvisoryIndex extends Disposable {
  readonly facts: IndexFacts;
  /** Whether anything is said about a release: one that nobody watches has no advisories either. */
  knows(release: string): boolean;
  /** What is said about a package of a release (`Debian:13`, `npm`), by advisory. */
  about(release: string, name: string): readonly IndexEntry[];
  /** An advisory by its id, whatever it is about. */
  advisory(id: string): Advisory | undefined;
}

/** @returns undefined where there is no index, or none of this format that can be read */
export function openIndex(path: string): AdvisoryIndex | undefined {
  let database;
  try {
    database = new DatabaseSync(path, { readOnly: true });
    const facts = readFacts(database);
    if (facts !== undefined) return indexOver(database, facts);
    database.close();
  } catch {
    // Not there, or not ours: it is built again.
    if (database?.isOpen === true) database.close();
  }
  return undefined;
}

function readFacts(database: DatabaseSync): IndexFacts | undefined {
  const rows = database.prepare("SELECT name, value FROM fact").all() as { name: string; value: string }[];
  const { format, facts } = Object.fromEntries(rows.map(({ name, value }) => [name, value]));
  return format === INDEX_FORMAT && facts !== undefined ? (JSON.parse(facts) as IndexFacts) : undefined;
}

function indexOver(database: DatabaseSync, facts: IndexFacts): AdvisoryIndex {
  const about = database.prepare(
    "SELECT advisory.data AS advisory, affected.data AS affected FROM affected JOIN advisory USING (id) " +
      "WHERE release IN (?, ?) AND name = ? ORDER BY id, affected.data",
  );
  const ofRelease = database.prepare("SELECT 1 FROM affected WHERE release = ? LIMIT 1");
  const byId = database.prepare("SELECT data FROM advisory WHERE id = ?");
  return {
    facts,
    knows: (release) => ofRelease.get(release) !== undefined,
    about(release, name) {
      const rows = about.all(release, facts.ecosystem, name) as { advisory: string; affected: string }[];
      return rows.map((row) => ({
        advisory: JSON.parse(row.advisory) as Advisory,
        affected: JSON.parse(row.affected) as Affected,
      }));
    },
    advisory(id) {
      const row = byId.get(id) as { data: string } | undefined;
      return row === undefined ? undefined : (JSON.parse(row.data) as Advisory);
    },
    [Symbol.dispose]: () => database.close(),
  };
}
