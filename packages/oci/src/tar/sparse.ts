import { OciError } from "../error.ts";
import type { ByteReader } from "../stream/byte-reader.ts";
import { BLOCK } from "./header.ts";
import { readNumber } from "./number.ts";
import { paxNatural } from "./pax.ts";
import type { PaxRecords } from "./pax.ts";

/** A file with holes: `data` lists where the stored pieces go, in order; everything else is zeros. */
export interface SparseMap {
  readonly realSize: number;
  readonly data: readonly { readonly offset: number; readonly length: number }[];
}

/** The size of a sparse map read from the content itself, and the map. */
export interface ReadMap {
  readonly map: SparseMap;
  readonly bytes: number;
}

/** GNU's old format: four pieces in the header, more in blocks of 21 that follow it. */
export async function readOldSparse(
  header: Buffer,
  reader: ByteReader,
  maxHeaderBytes: number,
  where: string,
): Promise<SparseMap> {
  const numbers: number[] = [];
  readPairs(header.subarray(386, 482), numbers, where);
  const realSize = readNumber(header.subarray(483, 495), `${where}: real size`);
  let more = header[482] !== 0;
  for (let bytes = BLOCK; more; bytes += BLOCK) {
    if (bytes > maxHeaderBytes) throw tooLong(maxHeaderBytes, where);
    const block = await reader.take(BLOCK);
    if (block === undefined) throw new OciError("invalid-archive", `${where}: sparse map is cut off`);
    readPairs(block.subarray(0, 504), numbers, where);
    more = block[504] !== 0;
  }
  return toMap(numbers, realSize, where);
}

function readPairs(table: Buffer, numbers: number[], where: string): void {
  for (let at = 0; at < table.length; at += 24) {
    if (table[at] === 0) return;
    numbers.push(readNumber(table.subarray(at, at + 12), `${where}: sparse map`));
    numbers.push(readNumber(table.subarray(at + 12, at + 24), `${where}: sparse map`));
  }
}

/** PAX formats 0.0 and 0.1 keep the map in records; undefined where the file is not sparse or of format 1.0. */
export function paxSparse({ values, sparse00 }: PaxRecords, where: string): SparseMap | undefined {
  const size = values.get("GNU.sparse.size") ?? values.get("GNU.sparse.realsize");
  if (size === undefined || isSparse10(values)) return undefined;
  const list = values.get("GNU.sparse.map");
  const numbers =
    list === undefined
      ? sparse00
      : list
          .toString("latin1")
          .split(",")
          .map((item) => paxNatural(Buffer.from(item), `${where}: GNU.sparse.map`));
  return toMap(numbers, paxNatural(size, `${where}: GNU.sparse.size`), where);
}

export function isSparse10(values: PaxRecords["values"]): boolean {
  const major = values.get("GNU.sparse.major")?.toString("latin1");
  return major === "1" && values.get("GNU.sparse.minor")?.toString("latin1") === "0";
}

/** PAX format 1.0: decimal lines at the start of the content, padded to a block. */
export async function readSparse10(
  { values }: PaxRecords,
  reader: ByteReader,
  { stored, maxHeaderBytes, where }: { stored: number; maxHeaderBytes: number; where: string },
): Promise<ReadMap> {
  const size = values.get("GNU.sparse.realsize");
  if (size === undefined) throw new OciError("invalid-archive", `${where}: GNU.sparse.realsize is missing`);
  const numbers: number[] = [];
  let rest = "";
  let bytes = 0;
  while (numbers.length === 0 || numbers.length < 1 + 2 * numbers[0]!) {
    if (bytes + BLOCK > maxHeaderBytes) throw tooLong(maxHeaderBytes, where);
    const block = bytes + BLOCK > stored ? undefined : await reader.take(BLOCK);
    if (block === undefined) throw new OciError("invalid-archive", `${where}: sparse map is cut off`);
    bytes += BLOCK;
    const lines = (rest + block.toString("latin1")).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      if (numbers.length > 0 && numbers.length === 1 + 2 * numbers[0]!) break;
      numbers.push(paxNatural(Buffer.from(line), `${where}: sparse map`));
    }
  }
  const realSize = paxNatural(size, `${where}: GNU.sparse.realsize`);
  return { map: toMap(numbers.slice(1), realSize, where), bytes };
}

function toMap(numbers: readonly number[], realSize: number, where: string): SparseMap {
  if (realSize < 0) throw new OciError("invalid-archive", `${where}: sparse file of ${realSize} bytes`);
  const data: { offset: number; length: number }[] = [];
  let end = 0;
  for (let at = 0; at < numbers.length; at += 2) {
    const offset = numbers[at]!;
    const length = numbers[at + 1] ?? -1;
    if (offset < end || length < 0 || offset + length > realSize) {
      throw new OciError(
        "invalid-archive",
        `${where}: sparse map is out of order or beyond ${realSize} bytes`,
      );
    }
    end = offset + length;
    if (length > 0) data.push({ offset, length });
  }
  return { realSize, data };
}

function tooLong(maxHeaderBytes: number, where: string): OciError {
  return new OciError("too-large", `${where}: sparse map is longer than ${maxHeaderBytes} bytes`);
}

const ZEROS = 64 * 1024;

/** The file as programs see it: stored pieces in place, zeros between. */
export async function* expandSparse(
  { realSize, data }: SparseMap,
  next: (length: number) => Promise<Buffer>,
): AsyncGenerator<Uint8Array> {
  const zeros = new Uint8Array(ZEROS);
  let at = 0;
  for (const { offset, length } of [...data, { offset: realSize, length: 0 }]) {
    for (; at < offset; at += Math.min(ZEROS, offset - at)) {
      yield zeros.subarray(0, Math.min(ZEROS, offset - at));
    }
    for (let left = length; left > 0;) {
      const piece = await next(left);
      left -= piece.length;
      at += piece.length;
      yield piece;
    }
  }
}

/** Bytes the map says are stored. */
export function storedBytes({ data }: SparseMap): number {
  return data.reduce((sum, { length }) => sum + length, 0);
}
