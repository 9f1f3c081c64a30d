import { EvidenceError } from "../../error.ts";
import type { LayerFile } from "../../image/visitor.ts";

/**
 * The whole content.
 * @throws EvidenceError `too-large` where there is more than was asked for
 */
export function wholeOf({ bytes, cut, entry }: LayerFile): Buffer {
  if (cut)
    throw new EvidenceError("too-large", `expected at most ${bytes.length} bytes, found ${entry.size}`);
  return beginningOf({ bytes });
}

/** What there is of it, for formats that say everything at the beginning. */
export function beginningOf({ bytes }: Pick<LayerFile, "bytes">): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

export type Fields = Readonly<Record<string, unknown>>;

/** @throws EvidenceError `unreadable` where it is no JSON object */
export function jsonObject(bytes: Buffer): Fields {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString("utf8").replace(/^\uFEFF/, ""));
  } catch {
    // The parser's own words hold pieces of the file.
    throw new EvidenceError("unreadable", "expected JSON, found something else");
  }
  if (!isFields(value)) throw new EvidenceError("unreadable", "expected a JSON object, found another value");
  return value;
}

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function textIn(fields: Fields, name: string): string | undefined {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}

/** Those of a list's items that are objects; none where it is no list. */
export function listIn(fields: Fields, name: string): readonly Fields[] {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  return Array.isArray(value) ? value.filter(isFields) : [];
}
