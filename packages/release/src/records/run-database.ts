import { DatabaseSync, type SQLOutputValue, type StatementSync } from "node:sqlite";
import { isoTime } from "../time.ts";
import { UnusableFile } from "./unusable-file.ts";
import type { RunFilter } from "./record-index.ts";
import { type ReleasedRun, type Run, runFacts, isRun } from "./run.ts";

/** "SEAW": tells ours from other databases. */
const APPLICATION = 0x53_45_41_57;
/** Moves with every change of the tables; a file of another layout is not converted but made anew. */
const LAYOUT = 1;
/** Milliseconds: others write for a few. */
const PATIENCE = 2_000;

/** Columns are what is searched by; `run` is the whole, so that new fields need no new layout. */
const TABLES = `
  CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    version TEXT NOT NULL,
    branch TEXT NOT NULL,
    outcome TEXT NOT NULL,
    started_at TEXT NOT NULL,
    finished_at TEXT NOT NULL,
    added_here INTEGER NOT NULL,
    run TEXT NOT NULL,
    UNIQUE (name, digest, version, outcome, started_at)
  ) STRICT;
  CREATE INDEX newest ON runs (name, finished_at DESC, started_at DESC);
  CREATE TABLE last_outcomes (
    name TEXT NOT NULL,
    branch TEXT NOT NULL,
    outcome TEXT NOT NULL,
    PRIMARY KEY (name, branch)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE registry_reads (name TEXT PRIMARY KEY, read_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  PRAGMA application_id = ${APPLICATION};
  PRAGMA user_version = ${LAYOUT};
`;

const INSERT = `
  INSERT INTO runs (name, digest, version, branch, outcome, started_at, finished_at, added_here, run)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET finished_at = excluded.finished_at, branch = excluded.branch,
    added_here = max(added_here, excluded.added_here), run = excluded.run
`;

/** Writes an empty one, whole, into a file that nobody else uses yet. */
export function makeRunDatabase(file: string): void {
  const database = new DatabaseSync(file);
  try {
    // Readers and a writer do not wait for each other; the mode is kept in the file.
    database.exec(`PRAGMA journal_mode = WAL; ${TABLES}`);
  } finally {
    database.close();
  }
}

/** The file of a `RecordIndex`, open. Throws what SQLite throws, and `UnusableFile`. */
export class RunDatabase implements Disposable {
  readonly #database: DatabaseSync;
  #insert: StatementSync | undefined;

  /** @throws UnusableFile where the file is a database, but not ours or of another layout */
  constructor(file: string) {
    this.#database = new DatabaseSync(file, { timeout: PATIENCE });
    try {
      const application = this.#pragma("application_id");
      if (application !== APPLICATION) throw new UnusableFile("found a database of another program");
      const layout = this.#pragma("user_version");
      if (layout !== LAYOUT) throw new UnusableFile(`found layout ${layout}, expected ${LAYOUT}`);
      // Of a cache the last runs may be lost with the power.
      this.#database.exec("PRAGMA synchronous = NORMAL");
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  add(run: Run): void {
    this.#atOnce(() => {
      this.#put(run, true);
      const { name, branch = "" } = runFacts(run);
      this.#run("INSERT OR REPLACE INTO last_outcomes VALUES (?, ?, ?)", name, branch, run.outcome);
    });
  }

  list({ name, branch, outcome, limit }: RunFilter): readonly Run[] {
    const rows = this.#all(
      `SELECT run FROM runs
       WHERE name = ?1 AND branch = coalesce(?2, branch) AND outcome = coalesce(?3, outcome)
       ORDER BY finished_at DESC, started_at DESC, id DESC LIMIT ?4`,
      name,
      branch ?? null,
      outcome ?? null,
      limit ?? -1,
    );
    return rows.map(({ run }) => parseRun(run));
  }

  lastOutcome(name: string, branch: string | undefined): Run["outcome"] | undefined {
    const sql = "SELECT outcome FROM last_outcomes WHERE name = ? AND branch = ?";
    const [row] = this.#all(sql, name, branch ?? "");
    return row === undefined ? undefined : row["outcome"] === "failure" ? "failure" : "success";
  }

  replace(name: string, releases: readonly ReleasedRun[], readAt: number): void {
    this.#atOnce(() => {
      const sql = `DELETE FROM runs
        WHERE name = ? AND outcome = 'success' AND NOT (added_here AND finished_at >= ?)`;
      this.#run(sql, name, isoTime(readAt));
      for (const release of releases) this.#put(release, false);
      this.#run("INSERT OR REPLACE INTO registry_reads VALUES (?, ?)", name, readAt);
    });
  }

  readAt(name: string): number | undefined {
    const [row] = this.#all("SELECT read_at FROM registry_reads WHERE name = ?", name);
    return row === undefined ? undefined : Number(row["read_at"]);
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  #put(run: Run, addedHere: boolean): void {
    const { name, digest = "", version, branch = "", startedAt, finishedAt } = runFacts(run);
    this.#insert ??= this.#database.prepare(INSERT);
    const found = [name, digest, version, branch, run.outcome, startedAt, finishedAt, Number(addedHere)];
    this.#insert.run(...found, JSON.stringify(run));
  }

  /** Takes the right to write first: whoever reads and then wants to write may be refused without a wait. */
  #atOnce(work: () => void): void {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      work();
      this.#database.exec("COMMIT");
    } catch (error) {
      // A full disk has rolled back already.
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  #run(sql: string, ...values: readonly (string | number | null)[]): void {
    this.#database.prepare(sql).run(...values);
  }

  #all(sql: string, ...values: readonly (string | number | null)[]): readonly Row[] {
    return this.#database.prepare(sql).all(...values);
  }

  #pragma(name: "application_id" | "user_version"): number {
    return Number(this.#all(`PRAGMA ${name}`)[0]?.[name]);
  }
}

type Row = Readonly<Record<string, SQLOutputValue>>;

function parseRun(text: SQLOutputValue | undefined): Run {
  let run: unknown;
  try {
    run = JSON.parse(String(text));
  } catch (cause) {
    throw new UnusableFile("found a run that is not JSON", cause);
  }
  if (isRun(run)) return run;
  throw new UnusableFile("found what is no run");
}
