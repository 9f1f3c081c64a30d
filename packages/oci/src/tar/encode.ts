import { isAscii } from "node:buffer";
import { OciError } from "../error.ts";
import type { TarEntry, TarEntryType } from "./entry.ts";
import { BLOCK, paddingOf } from "./header.ts";
import { checkTarget, normalisePath, quote } from "./path.ts";
import { formatPax, XATTR } from "./pax.ts";
import { encodePath } from "./text.ts";

const FLAGS: Readonly<Record<TarEntryType, string>> = {
  file: "0",
  hardlink: "1",
  symlink: "2",
  char: "3",
  block: "4",
  directory: "5",
  fifo: "6",
};

const MAX_ID = 0o7777777;
const MAX_LONG = 0o77777777777;
const MAX_DEVICE = 0o7777777;

/** What goes into the fields of one header; numbers in range, names short and ASCII. */
interface Fields {
  readonly flag: string;
  readonly name: Buffer;
  readonly prefix: Buffer;
  readonly linkname: Buffer;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: number;
  readonly devMajor: number;
  readonly devMinor: number;
}

const EMPTY = Buffer.alloc(0);
const PAX_FIELDS: Fields = {
  flag: "x",
  name: Buffer.from("PaxHeaders/0"),
  prefix: EMPTY,
  linkname: EMPTY,
  mode: 0o644,
  uid: 0,
  gid: 0,
  size: 0,
  mtime: 0,
  devMajor: 0,
  devMinor: 0,
};

/** The header of an entry, after a PAX header where ustar alone cannot say it. */
export function encodeEntry(entry: TarEntry): Buffer {
  const where = `tar entry ${quote(entry.path)}`;
  checkEntry(entry, where);
  const pax = new Map<string, Buffer>();
  const path = encodePath(entry.type === "directory" ? `${entry.path}/` : entry.path);
  const link = encodePath(entry.linkname ?? "");
  const names = splitName(path) ?? { name: shorten(path), prefix: EMPTY };
  if (splitName(path) === undefined) pax.set("path", path);
  if (!isShort(link)) pax.set("linkpath", link);
  const whole = Math.floor(entry.mtime);
  if (whole !== entry.mtime || whole < 0 || whole > MAX_LONG) pax.set("mtime", formatTime(entry.mtime));
  const fit = (key: string, value: number, max: number): number => {
    if (value <= max) return value;
    pax.set(key, Buffer.from(String(value)));
    return 0;
  };
  for (const [key, value] of entry.xattrs ?? []) pax.set(xattrKey(key, where), Buffer.from(value));
  const header = encodeHeader({
    ...names,
    flag: FLAGS[entry.type],
    linkname: shorten(link),
    mode: entry.mode,
    uid: fit("uid", entry.uid, MAX_ID),
    gid: fit("gid", entry.gid, MAX_ID),
    size: fit("size", entry.size, MAX_LONG),
    mtime: Math.min(Math.max(whole, 0), MAX_LONG),
    devMajor: entry.devMajor ?? 0,
    devMinor: entry.devMinor ?? 0,
  });
  return pax.size === 0 ? header : Buffer.concat([encodePax(pax), header]);
}

function checkEntry(entry: TarEntry, where: string): void {
  const { path, type, size, linkname } = entry;
  if (normalisePath(path, where) !== path) {
    throw new OciError(
      "invalid-archive",
      `${where}: expected a path like ${quote(normalisePath(path, where))}`,
    );
  }
  natural(entry.mode, 0o7777, `${where}: mode`);
  natural(entry.uid, Number.MAX_SAFE_INTEGER, `${where}: uid`);
  natural(entry.gid, Number.MAX_SAFE_INTEGER, `${where}: gid`);
  natural(size, type === "file" ? Number.MAX_SAFE_INTEGER : 0, `${where}: size of a ${type}`);
  natural(entry.devMajor ?? 0, MAX_DEVICE, `${where}: device`);
  natural(entry.devMinor ?? 0, MAX_DEVICE, `${where}: device`);
  if (!Number.isFinite(entry.mtime) || Math.abs(entry.mtime) > Number.MAX_SAFE_INTEGER) {
    throw new OciError("invalid-archive", `${where}: mtime ${entry.mtime} is no time`);
  }
  if (type === "symlink") checkTarget(linkname ?? "", `${where}: target`);
  else if (type === "hardlink") normalisePath(linkname ?? "", `${where}: target`);
  else if (linkname !== undefined) {
    throw new OciError("invalid-archive", `${where}: a ${type} has no target, found ${quote(linkname)}`);
  }
}

function natural(value: number, max: number, where: string): void {
  if (!Number.isSafeInteger(value) || value < 0 || value > max) {
    throw new OciError("invalid-archive", `${where}: expected 0-${max}, found ${value}`);
  }
}

function xattrKey(name: string, where: string): string {
  // The key of a PAX record ends at the first "=", so such a name would come back as another one.
  if (name === "" || name.includes("=") || name.includes("\0")) {
    throw new OciError("invalid-archive", `${where}: xattr name ${quote(name)} cannot be written to a tar`);
  }
  return XATTR + name;
}

function formatTime(seconds: number): Buffer {
  const text = String(seconds);
  return Buffer.from(text.includes("e") ? seconds.toFixed(9) : text);
}

function isShort(name: Buffer): boolean {
  return name.length <= 100 && isAscii(name);
}

/** ustar's way for names up to 256 bytes: cut at a slash, at most 155 bytes before and 100 after. */
function splitName(path: Buffer): { name: Buffer; prefix: Buffer } | undefined {
  if (isShort(path)) return { name: path, prefix: EMPTY };
  if (path.length > 256 || !isAscii(path)) return undefined;
  const slash = path.lastIndexOf(0x2f, Math.min(155, path.length - 2));
  if (slash <= 0 || path.length - slash - 1 > 100) return undefined;
  return { name: path.subarray(slash + 1), prefix: path.subarray(0, slash) };
}

/** Something readable for old readers where the true name is in a PAX record. */
function shorten(name: Buffer): Buffer {
  if (isShort(name)) return name;
  return Buffer.from(name.subarray(0, 100).map((byte) => (byte < 0x80 ? byte : 0x5f)));
}

function encodePax(records: ReadonlyMap<string, Buffer>): Buffer {
  const keys = [...records.keys()].sort((a, b) => (a < b ? -1 : 1));
  const body = Buffer.concat(keys.map((key) => formatPax(key, records.get(key)!)));
  const padding = Buffer.alloc(paddingOf(body.length));
  return Buffer.concat([encodeHeader({ ...PAX_FIELDS, size: body.length }), body, padding]);
}

function encodeHeader(fields: Fields): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.set(fields.name, 0);
  writeOctal(block, fields.mode, 100, 8);
  writeOctal(block, fields.uid, 108, 8);
  writeOctal(block, fields.gid, 116, 8);
  writeOctal(block, fields.size, 124, 12);
  writeOctal(block, fields.mtime, 136, 12);
  block.write(`        ${fields.flag}`, 148, "latin1");
  block.set(fields.linkname, 157);
  block.write("ustar\x0000", 257, "latin1");
  writeOctal(block, fields.devMajor, 329, 8);
  writeOctal(block, fields.devMinor, 337, 8);
  block.set(fields.prefix, 345);
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

/** Digits with leading zeros, the last byte of the field left NUL. */
function writeOctal(block: Buffer, value: number, at: number, length: number): void {
  block.write(value.toString(8).padStart(length - 1, "0"), at, "latin1");
}
