import { OciError } from "../error.ts";
import { readNumber } from "./number.ts";
import { decodePath } from "./text.ts";

export const BLOCK = 512;

/** The fields of one 512-byte header, before PAX and GNU extensions are applied. */
export interface Header {
  readonly flag: string;
  readonly name: string;
  readonly linkname: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: number;
  readonly devMajor: number;
  readonly devMinor: number;
  /** GNU's old format keeps other things where ustar has the prefix. */
  readonly gnu: boolean;
}

export function paddingOf(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

export function isZeroBlock(block: Buffer): boolean {
  for (let at = 0; at < BLOCK; at++) if (block[at] !== 0) return false;
  return true;
}

/** @throws OciError `invalid-archive` where the checksum or a number is wrong */
export function parseHeader(block: Buffer, where: string): Header {
  checkSum(block, where);
  const flag = block[156] === 0 ? "\0" : String.fromCharCode(block[156]!);
  const magic = block.toString("latin1", 257, 265);
  const gnu = magic.startsWith("ustar ");
  const posix = magic.startsWith("ustar\0");
  const device = flag === "3" || flag === "4";
  const size = natural(block.subarray(124, 136), `${where}: size`);
  return {
    flag,
    name: prefixOf(block, posix) + text(block, 0, 100),
    linkname: text(block, 157, 100),
    mode: natural(block.subarray(100, 108), `${where}: mode`) & 0o7777,
    uid: natural(block.subarray(108, 116), `${where}: uid`),
    gid: natural(block.subarray(116, 124), `${where}: gid`),
    size,
    mtime: readNumber(block.subarray(136, 148), `${where}: mtime`),
    devMajor: device ? natural(block.subarray(329, 337), `${where}: device`) : 0,
    devMinor: device ? natural(block.subarray(337, 345), `${where}: device`) : 0,
    gnu,
  };
}

function natural(field: Buffer, where: string): number {
  const value = readNumber(field, where);
  if (value < 0) throw new OciError("invalid-archive", `${where}: expected at least 0, found ${value}`);
  return value;
}

// Before POSIX, some tars summed signed characters; both sums are accepted, as every other reader does.
function checkSum(block: Buffer, where: string): void {
  let unsigned = 8 * 0x20;
  let signed = unsigned;
  for (let at = 0; at < BLOCK; at++) {
    if (at >= 148 && at < 156) continue;
    const byte = block[at]!;
    unsigned += byte;
    signed += byte > 127 ? byte - 256 : byte;
  }
  const expected = readNumber(block.subarray(148, 156), `${where}: checksum`);
  if (expected !== unsigned && expected !== signed) {
    throw new OciError("invalid-archive", `${where}: expected checksum ${unsigned}, found ${expected}`, {
      hint: "the file is damaged or no tar archive",
    });
  }
}

function prefixOf(block: Buffer, posix: boolean): string {
  if (!posix) return "";
  // star writes "tar\0" at the end and a shorter prefix, followed by two times.
  const length = block.toString("latin1", 508, 512) === "tar\0" ? 131 : 155;
  const prefix = text(block, 345, length);
  return prefix === "" ? "" : `${prefix}/`;
}

function text(block: Buffer, at: number, length: number): string {
  const end = block.indexOf(0, at);
  return decodePath(block.subarray(at, end === -1 ? at + length : Math.min(end, at + length)));
}
