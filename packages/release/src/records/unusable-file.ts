/** The file of the index is not what it should be. It is a cache, so another takes its place. Never leaves this folder. */
export class UnusableFile extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "UnusableFile";
  }
}

/** SQLite's result codes, https://sqlite.org/rescode.html: the low byte, the rest tells more of the same. */
const CORRUPT = 11;
const NOT_A_DATABASE = 26;

export function isUnusable(error: unknown): boolean {
  if (error instanceof UnusableFile) return true;
  const { code, errcode } = error as { code?: unknown; errcode?: unknown };
  if (code !== "ERR_SQLITE_ERROR" || typeof errcode !== "number") return false;
  return (errcode & 0xff) === CORRUPT || (errcode & 0xff) === NOT_A_DATABASE;
}
