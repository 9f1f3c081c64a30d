import { EvidenceError } from "../../error.ts";

const PAGE = 4096;
const UNIT = 16;
/** Half a million packages. */
const MAX_PAGES = 2048;
/** The file's header takes the place of the first two slots. */
const FIRST_SLOT = 32;

/**
 * The headers in a database of rpm's own format, `Packages.db` of SUSE: little endian; pages of slots of 16 bytes (mark,
 * index, place in units of 16 bytes, length), and there a mark, the index, a checksum, the length and the header.
 * @throws EvidenceError `unreadable`
 */
export function headersInNdb(bytes: Buffer): readonly Buffer[] {
  const pages = markAt(bytes, 0) === "RpmP" ? bytes.readUInt32LE(12) : 0;
  const end = pages * PAGE;
  if (end < PAGE || pages > MAX_PAGES || end > bytes.length || bytes.readUInt32LE(4) !== 0)
    throw unreadable("no header of it");
  const headers: Buffer[] = [];
  for (let slot = FIRST_SLOT; slot < end; slot += UNIT) {
    const index = bytes.readUInt32LE(slot + 4);
    if (index !== 0) headers.push(blobAt(bytes, bytes.readUInt32LE(slot + 8) * UNIT, index));
  }
  return headers;
}

function blobAt(bytes: Buffer, start: number, index: number): Buffer {
  const begin = start + UNIT;
  const isThere =
    begin <= bytes.length && markAt(bytes, start) === "BlbS" && bytes.readUInt32LE(start + 4) === index;
  const size = isThere ? bytes.readUInt32LE(start + 12) : 0;
  if (!isThere || begin + size > bytes.length) throw unreadable(`package ${index} missing`);
  return bytes.subarray(begin, begin + size);
}

function markAt(bytes: Buffer, at: number): string {
  return bytes.length < FIRST_SLOT ? "" : bytes.toString("latin1", at, at + 4);
}

function unreadable(what: string): EvidenceError {
  return new EvidenceError("unreadable", `expected a database of rpm, found ${what}`);
}
