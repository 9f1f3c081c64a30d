import { constants, createZstdDecompress, zstdDecompressSync } from "node:zlib";
import type { Bytes } from "../content-store.ts";
import { OciError } from "../error.ts";
import { ByteReader } from "../stream/byte-reader.ts";
import { Coalescer } from "../stream/coalescer.ts";
import { explain, through } from "./through.ts";

const WHAT = "zstd content";
const CHUNK = 1 << 20;
const MAGIC = 0xfd2fb528;
const SKIPPABLE = 0x184d2a50;
/** Frames that say they hold at most this much are decoded at once: zstd:chunked layers have thousands. */
const SMALL = 128 * 1024;
const MAX_BLOCK = 128 * 1024;
const RLE = 1;
// The most that containerd's decoder accepts; a frame may ask for memory of this size (log2) with ten bytes.
const PARAMS = { [constants.ZSTD_d_windowLogMax]: 29 };

/**
 * All frames, skippable ones left out. Node's decoder stops after the first frame without an error
 * (nodejs/node#64741), so frames are cut here (RFC 8878) and decoded one by one.
 */
export async function* unzstd(source: Bytes): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = new ByteReader(source, WHAT);
  try {
    let magic = await reader.take(4);
    if (magic === undefined)
      throw new OciError("invalid-archive", `${WHAT}: expected a frame, found nothing`);
    for (; magic !== undefined; magic = await reader.take(4)) {
      const number = magic.readUInt32LE();
      if (number === MAGIC) yield* decodeFrame(reader, magic);
      else if ((number & 0xfffffff0) >>> 0 === SKIPPABLE)
        await reader.skip((await must(reader, 4)).readUInt32LE());
      else {
        const found = `0x${number.toString(16)}`;
        throw new OciError(
          "invalid-archive",
          `${WHAT}: expected a frame at byte ${reader.position - 4}, found ${found}`,
        );
      }
    }
  } finally {
    await reader.close();
  }
}

async function* decodeFrame(reader: ByteReader, magic: Buffer): AsyncGenerator<Uint8Array> {
  const { bytes: header, contentSize, checksum } = await readFrameHeader(reader);
  const head = Buffer.concat([magic, header]);
  const frame = frameBytes(reader, head, { checksum, chunk: Math.min(CHUNK, (contentSize ?? CHUNK) + 1024) });
  if (contentSize === undefined || contentSize > SMALL) {
    yield* through(createZstdDecompress({ chunkSize: CHUNK, params: PARAMS }), frame, WHAT);
    return;
  }
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of frame) {
    pieces.push(piece);
    size += piece.byteLength;
    // Blocks that do not compress are stored as they are: nothing honest is much larger than its content.
    if (size > 2 * CHUNK) throw new OciError("invalid-archive", `${WHAT}: frame is longer than its content`);
  }
  try {
    const content = zstdDecompressSync(Buffer.concat(pieces), { maxOutputLength: SMALL, params: PARAMS });
    if (content.length > 0) yield content;
  } catch (error) {
    throw explain(error, WHAT);
  }
}

interface FrameHeader {
  readonly bytes: Buffer;
  readonly contentSize: number | undefined;
  readonly checksum: boolean;
}

async function readFrameHeader(reader: ByteReader): Promise<FrameHeader> {
  const first = Buffer.from(await must(reader, 1));
  const descriptor = first[0]!;
  const single = (descriptor & 0x20) !== 0;
  const dictionary = [0, 1, 2, 4][descriptor & 3]!;
  const sizeField = [single ? 1 : 0, 2, 4, 8][descriptor >> 6]!;
  const before = (single ? 0 : 1) + dictionary;
  const rest = before + sizeField === 0 ? Buffer.alloc(0) : await must(reader, before + sizeField);
  const field = rest.subarray(before);
  const contentSize = sizeField === 0 ? undefined : Number(littleEndian(field)) + (sizeField === 2 ? 256 : 0);
  return { bytes: Buffer.concat([first, rest]), contentSize, checksum: (descriptor & 4) !== 0 };
}

function littleEndian(field: Buffer): bigint {
  return field.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

/** The bytes of one frame up to its last block and checksum, in pieces large enough for the decoder. */
async function* frameBytes(
  reader: ByteReader,
  head: Buffer,
  { checksum, chunk }: { readonly checksum: boolean; readonly chunk: number },
): AsyncGenerator<Uint8Array> {
  const out = new Coalescer(chunk);
  yield* out.push(head);
  for (let last = false; !last;) {
    const header = await must(reader, 3);
    yield* out.push(header);
    const field = header.readUIntLE(0, 3);
    last = (field & 1) === 1;
    const size = field >> 3;
    if (size > MAX_BLOCK) throw new OciError("invalid-archive", `${WHAT}: block of ${size} bytes`);
    const stored = ((field >> 1) & 3) === RLE ? 1 : size;
    for (let left = stored; left > 0;) {
      const piece = await reader.some(left);
      left -= piece.length;
      yield* out.push(piece);
    }
  }
  if (checksum) yield* out.push(await must(reader, 4));
  yield* out.end();
}

async function must(reader: ByteReader, length: number): Promise<Buffer> {
  const bytes = await reader.take(length);
  if (bytes === undefined)
    throw new OciError("invalid-archive", `${WHAT}: cut off at byte ${reader.position}`);
  return bytes;
}
