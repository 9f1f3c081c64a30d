import { isDigest } from "../digest.ts";
import type { Digest } from "../digest.ts";
import { OciError } from "../error.ts";
import type { OciErrorCode } from "../error.ts";

/** Where a value lies and what it is a fault of: `manifest sha256:…: layers[0].size`. */
export interface Place {
  readonly code: OciErrorCode;
  readonly what: string;
  readonly path: string;
}

export function at(place: Place, key: string | number): Place {
  const step = typeof key === "number" ? `[${key}]` : place.path === "" ? key : `.${key}`;
  return { ...place, path: place.path + step };
}

export function wrong(place: Place, expected: string, found: unknown): OciError {
  const where = place.path === "" ? place.what : `${place.what}: ${place.path}`;
  return new OciError(place.code, `${where}: expected ${expected}, found ${show(found)}`);
}

function show(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

export type Fields = Readonly<Record<string, unknown>>;

export function parseJson(bytes: Uint8Array, place: Place): Fields {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new OciError(place.code, `${place.what}: expected JSON, found ${show(text.slice(0, 40))}`, {
      cause,
    });
  }
  return toFields(value, place);
}

export function toFields(value: unknown, place: Place): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw wrong(place, "an object", value);
  return value as Fields;
}

export type Reader<T> = (value: unknown, place: Place) => T;

/** Go writes `null` for what is not set, so null means absent everywhere. */
export function optional<T>(fields: Fields, key: string, place: Place, read: Reader<T>): T | undefined {
  const value = Object.hasOwn(fields, key) ? fields[key] : undefined;
  return value === undefined || value === null ? undefined : read(value, at(place, key));
}

export function required<T>(fields: Fields, key: string, place: Place, read: Reader<T>): T {
  return read(Object.hasOwn(fields, key) ? fields[key] : undefined, at(place, key));
}

export const toText: Reader<string> = (value, place) => {
  if (typeof value !== "string") throw wrong(place, "a string", value);
  return value;
};

export const toNonEmptyText: Reader<string> = (value, place) => {
  if (typeof value !== "string" || value === "") throw wrong(place, "a string that is not empty", value);
  return value;
};

export const toSize: Reader<number> = (value, place) => {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw wrong(place, "a size in bytes", value);
  return value as number;
};

export const toNumber: Reader<number> = (value, place) => {
  if (typeof value !== "number") throw wrong(place, "a number", value);
  return value;
};

export const toFlag: Reader<boolean> = (value, place) => {
  if (typeof value !== "boolean") throw wrong(place, "true or false", value);
  return value;
};

export const toDigest: Reader<Digest> = (value, place) => {
  if (!isDigest(value)) throw wrong(place, '"sha256:" and 64 hex digits', value);
  return value;
};

export function listOf<T>(read: Reader<T>): Reader<readonly T[]> {
  return (value, place) => {
    if (!Array.isArray(value)) throw wrong(place, "a list", value);
    return value.map((item, index) => read(item, at(place, index)));
  };
}

export function recordOf<T>(read: Reader<T>): Reader<Readonly<Record<string, T>>> {
  // fromEntries defines properties, so that a key "__proto__" stays a key.
  return (value, place) =>
    Object.fromEntries(
      Object.entries(toFields(value, place)).map(([key, item]) => [key, read(item, at(place, key))]),
    );
}

/** The fields that are there: `exactOptionalPropertyTypes` forbids undefined ones. */
export function present<T extends object>(fields: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]?: Exclude<T[Key], undefined>;
  };
}
