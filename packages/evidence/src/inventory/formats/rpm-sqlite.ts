import { EvidenceError } from "../../error.ts";

/**
 * The headers in `rpmdb.sqlite`. It is a foreign database: it has to be sound, or reading it might never end, and its
 * table has to be one that computes nothing.
 * @throws EvidenceError `unreadable`
 */
export async function headersInSqlite(bytes: Buffer): Promise<readonly Buffer[]> {
  const { DatabaseSync } = await import("node:sqlite");
  const database = new DatabaseSync(":memory:");
  try {
    database.deserialize(withoutLog(bytes));
    const answer = (sql: string): unknown => Object.values(database.prepare(sql).get() ?? {})[0];
    const fault = answer("PRAGMA quick_check(1)");
    if (fault !== "ok") throw new Error(String(fault));
    const table = String(answer("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = 'Packages'"));
    if (!/^CREATE TABLE\b(?!.*\bAS\b)/is.test(table)) throw new Error("no table of packages");
    const rows = database.prepare("SELECT blob FROM Packages").all();
    return rows.map(({ blob }) =>
      blob instanceof Uint8Array ? Buffer.from(blob.buffer, blob.byteOffset, blob.length) : Buffer.alloc(0),
    );
  } catch (cause) {
    const { message } = cause as Error;
    throw new EvidenceError("unreadable", `expected a database of rpm, found ${message}`, { cause });
  } finally {
    database.close();
  }
}

/**
 * SQLite takes no database into memory that has a write-ahead log, as rpm's has. The log is empty when rpm is done, so
 * the mark is taken off (SQLite file format, 1.3.3: bytes 18 and 19).
 */
function withoutLog(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy.fill(1, 18, 20);
  return copy;
}
