import { createHash, randomUUID } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { throwIfAborted } from "@seaworthy/oci";
import { EvidenceError } from "../../error.ts";
import type { Affected, OsvRecord } from "./advisory.ts";
import type { OsvDocument } from "./documents.ts";
import { type Ecosystem, nameIn } from "./ecosystem.ts";
import { INDEX_FORMAT, type IndexFacts } from "./index-file.ts";
import { parseRecord } from "./parse-record.ts";

export interface BuildOptions {
  readonly ecosystem: Ecosystem;
  readonly path: string;
  /** For messages: where the records come from. */
  readonly what: string;
  readonly signal: AbortSignal;
}

const TABLES = `
  PRAGMA journal_mode = OFF;
  PRAGMA synchronous = OFF;
  CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE advisory (id TEXT PRIMARY KEY, data TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE affected (release TEXT NOT NULL, name TEXT NOT NULL, id TEXT NOT NULL, data TEXT NOT NULL);
  BEGIN;`;

/**
 * Makes an index of all records, or none: one that cannot be read may be the one that matters. It appears whole, by
 * rename, after its bytes are on the disk: a page that is lost would be an advisory that is not there.
 * @throws EvidenceError `invalid-advisories`
 */
export async function buildIndex(
  documents: AsyncIterable<OsvDocument>,
  options: BuildOptions,
): Promise<IndexFacts> {
  await mkdir(dirname(options.path), { recursive: true });
  const draft = `${options.path}.${randomUUID()}.tmp`;
  try {
    const facts = await fill(draft, documents, options);
    await flush(draft);
    await rename(draft, options.path);
    return facts;
  } finally {
    await rm(draft, { force: true });
  }
}

async function flush(path: string): Promise<void> {
  await using file = await open(path, "r");
  await file.sync();
}

async function fill(
  path: string,
  documents: AsyncIterable<OsvDocument>,
  { ecosystem, what, signal }: BuildOptions,
): Promise<IndexFacts> {
  const database = new DatabaseSync(path);
  try {
    database.exec(TABLES);
    const put = writerOf(database, ecosystem);
    const hash = createHash("sha256");
    let [advisories, updated] = [0, ""];
    for await (const { name, json } of documents) {
      throwIfAborted(signal);
      const record = parseRecord(json, `${what}: ${name}`);
      hash.update(`${json.length} `).update(json);
      if (Date.parse(record.modified) > (Date.parse(updated) || 0)) updated = record.modified;
      advisories += put(record);
    }
    if (updated === "") throw new EvidenceError("invalid-advisories", `${what}: holds no records`);
    const facts = { ecosystem, version: `sha256:${hash.digest("hex")}`, updated, advisories };
    finish(database, facts);
    return facts;
  } finally {
    database.close();
  }
}

/** What is withdrawn, or speaks of other ecosystems alone, is left out. */
function writerOf(database: DatabaseSync, ecosystem: Ecosystem): (record: OsvRecord) => number {
  const advisoryRow = database.prepare("INSERT OR REPLACE INTO advisory VALUES (?, ?)");
  const affectedRow = database.prepare("INSERT INTO affected VALUES (?, ?, ?, ?)");
  return ({ advisory, affected, withdrawn }) => {
    const own = affected.filter(({ release }) => release.split(":", 1)[0] === ecosystem);
    if (withdrawn || own.length === 0) return 0;
    advisoryRow.run(advisory.id, JSON.stringify(advisory));
    for (const about of own) {
      const name = nameIn(ecosystem, about.name);
      affectedRow.run(about.release, name, advisory.id, JSON.stringify(shortened(about, ecosystem)));
    }
    return 1;
  };
}

/** Distributions list what their ranges hold again, release by release: most of the archive, and nothing new. */
function shortened(affected: Affected, ecosystem: Ecosystem): Affected {
  const listed = (ecosystem === "Debian" || ecosystem === "Alpine") && affected.ranges.length > 0;
  return listed ? { ...affected, versions: [] } : affected;
}

function finish(database: DatabaseSync, facts: IndexFacts): void {
  const row = database.prepare("INSERT INTO fact VALUES (?, ?)");
  row.run("format", INDEX_FORMAT);
  row.run("facts", JSON.stringify(facts));
  database.exec("COMMIT; CREATE INDEX by_package ON affected (release, name)");
}
