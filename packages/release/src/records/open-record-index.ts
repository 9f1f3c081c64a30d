import { randomUUID } from "node:crypto";
import { existsSync, linkSync, renameSync, rmSync, statSync } from "node:fs";
import type { RecordIndex } from "./record-index.ts";
import type { RunDatabase } from "./run-database.ts";
import { isUnusable } from "./unusable-file.ts";

export interface RecordIndexOptions {
  /** Told once where the file cannot be used, or was made anew. */
  readonly onProblem: (problem: string) => void;
}

/**
 * The index in a SQLite file, whose folder exists. Nothing has to be closed: each call opens the file and closes it, which
 * takes two milliseconds, and SQLite is loaded with the first. No call rejects, be the file damaged, locked, read-only or
 * on a full disk: a cache that fails fails nothing. Several processes may use one file at the same time.
 */
export function openRecordIndex(file: string, { onProblem }: RecordIndexOptions): RecordIndex {
  let told = false;
  const tell = (problem: string): void => {
    if (!told) onProblem(`${file}: ${problem}`);
    told = true;
  };
  const write = (work: (database: RunDatabase) => void): Promise<void> => use(file, work, tell, undefined);
  /** Where there is no file there is nothing to read, and reading leaves no trace. */
  const read = async <T>(work: (database: RunDatabase) => T, otherwise: T): Promise<T> =>
    existsSync(file) ? use(file, work, tell, otherwise) : otherwise;
  return {
    add: (run) => write((database) => database.add(run)),
    list: (filter) => read((database) => database.list(filter), []),
    lastOutcome: (name, branch) => read((database) => database.lastOutcome(name, branch), undefined),
    replace: (name, releases, readAt) => write((database) => database.replace(name, releases, readAt)),
    readAt: (name) => read((database) => database.readAt(name), undefined),
  };
}

async function use<T>(
  file: string,
  work: (database: RunDatabase) => T,
  tell: (problem: string) => void,
  otherwise: T,
): Promise<T> {
  const sqlite = await import("./run-database.ts");
  const attempt = (): T => {
    makeOnce(file, sqlite.makeRunDatabase);
    using database = new sqlite.RunDatabase(file);
    return work(database);
  };
  try {
    return withAnother(file, attempt, tell);
  } catch (error) {
    tell(`cannot be used (${(error as Error).message}); "seaworthy history --rebuild" fills it again`);
    return otherwise;
  }
}

/** Tries once more with a new file where this one is of no use. */
function withAnother<T>(file: string, attempt: () => T, tell: (problem: string) => void): T {
  const found = inodeOf(file);
  try {
    return attempt();
  } catch (error) {
    if (!isUnusable(error)) throw error;
    // Another process may have found the same, and this be the new one already.
    if (found === inodeOf(file)) putAside(file);
    tell(`${(error as Error).message}; put aside as ${file}.old and made anew`);
    return attempt();
  }
}

/** What belongs to the old content must not be taken for that of the new. */
function putAside(file: string): void {
  for (const log of ["-wal", "-shm"]) rmSync(`${file}${log}`, { force: true });
  renameSync(file, `${file}.old`);
}

function inodeOf(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.ino;
}

/** By link, which fails where the name exists: nobody sees a half-made file, and of two that are made at once one stays. */
function makeOnce(file: string, make: (draft: string) => void): void {
  if (existsSync(file)) return;
  const draft = `${file}.${randomUUID()}`;
  try {
    make(draft);
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    for (const part of ["", "-wal", "-shm"]) rmSync(`${draft}${part}`, { force: true });
  }
}
