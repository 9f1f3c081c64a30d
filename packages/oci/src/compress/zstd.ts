import { availableParallelism } from "node:os";
import { promisify } from "node:util";
import { constants, zstdCompress } from "node:zlib";
import type { Bytes } from "../content-store.ts";
import type { CompressOptions } from "./gzip.ts";
import { inBlocks } from "./parallel.ts";

const FRAME = 4 << 20;

const compress = promisify<Uint8Array, object, Buffer>(zstdCompress);

/**
 * Independent zstd frames of 4 MiB, compressed on several threads. Whole frames at once, as Node's zstd stream writes
 * other bytes depending on timing, and its own workers truncate (nodejs/node#66078, #59899). Empty content is one empty
 * frame.
 */
export async function* zstd(
  source: Bytes,
  { level = 3, threads = availableParallelism() }: CompressOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const frame = (block: Uint8Array): Promise<Uint8Array> =>
    compress(block, {
      pledgedSrcSize: block.byteLength,
      chunkSize: FRAME + (FRAME >> 4),
      params: { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 },
    });
  let frames = 0;
  for await (const result of inBlocks(source, { blockSize: FRAME, threads }, frame)) {
    frames++;
    yield result;
  }
  if (frames === 0) yield await frame(new Uint8Array());
}
