import { availableParallelism } from "node:os";
import { promisify } from "node:util";
import { constants, crc32, deflateRaw } from "node:zlib";
import type { Bytes } from "../content-store.ts";
import { inBlocks } from "./parallel.ts";

export interface CompressOptions {
  /** gzip 1-9, default 5; zstd 1-19, default 3. */
  readonly level?: number;
  /** How many cores to use. Does not change the result. */
  readonly threads?: number;
}

const BLOCK = 1 << 20;
const WINDOW = 32 * 1024;
// Magic, deflate, no flags, no time, no hint about the level, system unknown: nothing that varies.
const HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff);
/** The last deflate block, empty. */
const FINAL = [0x03, 0x00];

const deflate = promisify<Uint8Array, object, Buffer>(deflateRaw);

/**
 * One gzip member, deflated in blocks of 1 MiB on several threads: each block knows the 32 KiB before it and ends on a
 * byte. Any gunzip reads it. Same content and level, same bytes — for one zlib: promise gzip digests for a pinned Node
 * only.
 */
export async function* gzip(
  source: Bytes,
  { level = 5, threads = availableParallelism() }: CompressOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  let crc = 0;
  let size = 0;
  yield HEADER;
  yield* inBlocks(source, { blockSize: BLOCK, threads }, (block, previous) => {
    crc = crc32(block, crc);
    size += block.byteLength;
    return deflate(block, {
      level,
      finishFlush: constants.Z_SYNC_FLUSH,
      // One round trip to the thread pool instead of one per 16 KiB of output.
      chunkSize: BLOCK + WINDOW,
      ...(previous === undefined ? {} : { dictionary: previous.subarray(-WINDOW) }),
    });
  });
  const trailer = Buffer.alloc(10);
  trailer.set(FINAL);
  trailer.writeUInt32LE(crc, 2);
  trailer.writeUInt32LE(size % 2 ** 32, 6);
  yield trailer;
}
