import { EvidenceError } from "../../error.ts";

const INT32 = 4;
/** Text, list of texts, text in several languages. */
const STRINGS: ReadonlySet<number> = new Set([6, 8, 9]);
const ENTRY = 16;

/** Longer ones are descriptions. */
const MAX_TEXT = 4096;

/**
 * The header of an installed package as rpm's database holds it: the first value of the tags asked for, texts and 32 bit
 * numbers (rpm's documentation, "RPM Header Format"). Numbers are big endian: count of entries, bytes of data, entries
 * of tag, type, offset and count, data.
 * @throws EvidenceError `unreadable`
 */
export function readRpmHeader(blob: Buffer, tags: ReadonlySet<number>): ReadonlyMap<number, string> {
  const count = blob.length < 8 ? 0 : blob.readUInt32BE(0);
  const start = 8 + count * ENTRY;
  const end = blob.length < 8 ? 0 : start + blob.readUInt32BE(4);
  if (count === 0 || end > blob.length) throw new EvidenceError("unreadable", "an rpm header is cut off");
  const data = blob.subarray(start, end);
  const values = new Map<number, string>();
  for (let at = 8; at < start; at += ENTRY) {
    const tag = blob.readUInt32BE(at);
    if (!tags.has(tag) || values.has(tag)) continue;
    const value = valueAt(data, blob.readUInt32BE(at + 4), blob.readUInt32BE(at + 8));
    if (value !== undefined) values.set(tag, value);
  }
  return values;
}

function valueAt(data: Buffer, type: number, offset: number): string | undefined {
  if (type === INT32) return offset + 4 <= data.length ? String(data.readUInt32BE(offset)) : undefined;
  const text = STRINGS.has(type) ? data.subarray(offset, offset + MAX_TEXT) : data.subarray(0, 0);
  const end = text.indexOf(0);
  return end < 0 ? undefined : text.toString("utf8", 0, end);
}
