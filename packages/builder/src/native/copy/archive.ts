import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { decompress } from "@seaworthy/oci";
import { changed } from "../files/placed-items.ts";

/** `refused` is an archive too, in a compression that nothing here can read. */
export type ArchiveKind = "archive" | "plain" | "refused";

const BLOCK = 512;
const REFUSED: readonly (readonly number[])[] = [
  [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00],
  [0x42, 0x5a, 0x68],
];

/** By content and never by name, as Docker decides: something that, decompressed, begins with a tar header. */
export async function archiveKind(file: string): Promise<ArchiveKind> {
  const head = await headOf(file);
  if (REFUSED.some((magic) => magic.every((byte, at) => head[at] === byte))) return "refused";
  if (isTarHeader(head)) return "archive";
  const compressed = (head[0] === 0x1f && head[1] === 0x8b) || head.readUInt32LE(0) === 0xfd2fb528;
  return compressed && isTarHeader(await firstBlock(file)) ? "archive" : "plain";
}

async function headOf(file: string): Promise<Buffer> {
  await using handle = await open(file);
  const buffer = Buffer.alloc(BLOCK);
  await handle.read(buffer, 0, BLOCK, 0);
  return buffer;
}

async function firstBlock(file: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of decompress(createReadStream(file))) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= BLOCK) break;
    }
  } catch {
    // Not really compressed: it is copied as it is.
  }
  return Buffer.concat([...chunks, Buffer.alloc(BLOCK)]).subarray(0, BLOCK);
}

/** POSIX ustar and what came before it: the checksum is taken with its own field full of blanks. */
function isTarHeader(block: Buffer): boolean {
  const expected = Number.parseInt(block.toString("latin1", 148, 156).replace(/\0.*/s, "").trim(), 8);
  let sum = 8 * 0x20;
  for (const [at, byte] of block.entries()) if (at < 148 || at >= 156) sum += byte;
  return Number.isInteger(expected) && expected === sum && block[0] !== 0;
}

/** The bytes of a file, failing at the end where they are not those that were hashed. */
export async function* readHashed(file: string, sha256: string): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    yield chunk;
  }
  if (hash.digest("hex") !== sha256) throw changed(file);
}
