import { ReleaseError } from "../../error.ts";
import type { Source } from "../../source.ts";

export type Env = Readonly<Record<string, string | undefined>>;

/** Answers of a foreign JSON document, one located error for each wrong type. */
export interface Fields {
  /** As `repository.default_branch`; undefined where it, or what it is in, is missing or null. */
  text(path: string): string | undefined;
  integer(path: string): number | undefined;
  flag(path: string): boolean | undefined;
  /** The object at the path as fields of its own; undefined where there is none. */
  has(path: string): boolean;
}

/** @param where what messages start with: the file's name */
export function fieldsOf(document: unknown, where: string): Fields {
  if (!isObject(document)) throw wrong(where, "", "an object", document);
  const find = (path: string): unknown => {
    let value: unknown = document;
    let at = "";
    for (const key of path.split(".")) {
      if (value === undefined || value === null) return undefined;
      if (!isObject(value)) throw wrong(where, at, "an object", value);
      at = at === "" ? key : `${at}.${key}`;
      value = Object.hasOwn(value, key) ? value[key] : undefined;
    }
    return value ?? undefined;
  };
  const typed = <T>(path: string, expected: string, is: (value: unknown) => value is T): T | undefined => {
    const value = find(path);
    if (value === undefined || is(value)) return value;
    throw wrong(where, path, expected, value);
  };
  return {
    text: (path) => typed(path, "a string", (value) => typeof value === "string"),
    integer: (path) => typed(path, "a whole number", (value): value is number => Number.isSafeInteger(value)),
    flag: (path) => typed(path, "true or false", (value) => typeof value === "boolean"),
    has: (path) => find(path) !== undefined,
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function wrong(where: string, path: string, expected: string, value: unknown): ReleaseError {
  const found = value === null ? "null" : Array.isArray(value) ? "a list" : `a ${typeof value}`;
  const place = path === "" ? where : `${where}: ${path}`;
  return new ReleaseError("event", `${place}: expected ${expected}, found ${found}`, {
    hint: "give the event's payload as the CI wrote it",
  });
}

/** @throws ReleaseError `event` where it is no commit id */
export function commitOf(text: string | undefined, where: string): string | undefined {
  if (text === undefined || text === "") return undefined;
  if (/^0+$/.test(text)) {
    throw new ReleaseError("event", `${where}: the ref was deleted, there is nothing to release`);
  }
  if (/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text)) return text;
  throw new ReleaseError(
    "event",
    `${where}: expected a full commit id, found ${JSON.stringify(text.slice(0, 100))}`,
    { hint: "give 40 or 64 hex digits in lower case" },
  );
}

/** Drops what is undefined, as `exactOptionalPropertyTypes` wants it. */
export function known<T extends object>(values: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}

/** Seconds since 1970 of an RFC 3339 time; undefined where it is none. */
export function secondsOf(time: string | undefined): number | undefined {
  const milliseconds = time === undefined ? Number.NaN : Date.parse(time);
  return Number.isNaN(milliseconds) ? undefined : Math.floor(milliseconds / 1000);
}

/** Outside a repository there is no commit that files could differ from. */
export function isDirty(source: Source | undefined): boolean {
  return source?.revision !== undefined && source.dirty;
}
