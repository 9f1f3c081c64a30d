import { OciError } from "../error.ts";
import { quote } from "./path.ts";
import { decodePath } from "./text.ts";

/** One extended header. Values stay bytes: an xattr is no text. */
export interface PaxRecords {
  readonly values: ReadonlyMap<string, Buffer>;
  /** The map of sparse format 0.0, which repeats its keys: offset, length, offset, length … */
  readonly sparse00: readonly number[];
}

export const XATTR = "SCHILY.xattr.";

/**
 * Records are `<length> <key>=<value>\n`, the length counting itself (POSIX pax, extended header). An empty value takes
 * an earlier one back.
 */
export function parsePax(body: Buffer, where: string): PaxRecords {
  const values = new Map<string, Buffer>();
  const sparse00: number[] = [];
  for (let at = 0; at < body.length;) {
    const { key, value, end } = parseRecord(body, at, where);
    at = end;
    if (key === "GNU.sparse.offset" || key === "GNU.sparse.numbytes") {
      sparse00.push(paxNatural(value, `${where}: ${key}`));
    } else if (value.length === 0 && !key.startsWith(XATTR)) values.delete(key);
    else values.set(key, value);
  }
  return { values, sparse00 };
}

function parseRecord(body: Buffer, at: number, where: string): { key: string; value: Buffer; end: number } {
  const blank = body.indexOf(0x20, at);
  const digits = blank === -1 || blank - at > 10 ? "" : body.toString("latin1", at, blank);
  const end = at + Number(digits);
  if (!/^[1-9]\d*$/.test(digits) || end > body.length || body[end - 1] !== 0x0a) {
    throw new OciError("invalid-archive", `${where}: PAX record at byte ${at} has a wrong length`);
  }
  const equals = body.indexOf(0x3d, blank);
  if (equals === -1 || equals >= end || equals === blank + 1) {
    throw new OciError("invalid-archive", `${where}: PAX record at byte ${at} has no key`);
  }
  const key = decodePath(body.subarray(blank + 1, equals));
  return { key, value: body.subarray(equals + 1, end - 1), end };
}

export function paxNatural(value: Buffer, where: string): number {
  const text = value.toString("latin1");
  const number = Number(text);
  if (!/^\d{1,20}$/.test(text) || !Number.isSafeInteger(number)) {
    throw new OciError("invalid-archive", `${where}: expected a number, found ${quote(text)}`);
  }
  return number;
}

export function paxTime(value: Buffer, where: string): number {
  const text = value.toString("latin1");
  const number = Number(text);
  if (!/^-?\d{1,20}(?:\.\d{0,40})?$/.test(text) || Math.abs(number) > Number.MAX_SAFE_INTEGER) {
    throw new OciError("invalid-archive", `${where}: expected a time in seconds, found ${quote(text)}`);
  }
  return number;
}

/** One record; its length counts its own digits. */
export function formatPax(key: string, value: Buffer): Buffer {
  const rest = Buffer.byteLength(key) + value.length + 3;
  let length = rest + String(rest).length;
  length = rest + String(length).length;
  return Buffer.concat([Buffer.from(`${length} ${key}=`), value, Buffer.from("\n")], length);
}
