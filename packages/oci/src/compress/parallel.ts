import type { Bytes } from "../content-store.ts";
import { Coalescer } from "../stream/coalescer.ts";

/**
 * Compresses blocks of `blockSize` on the thread pool, several at a time, and passes on the results in order. The bytes
 * do not depend on `threads`, nor on how the source is cut. At most `2 * threads` blocks are in memory.
 * @param work gets a block and the one before it
 */
export async function* inBlocks(
  source: Bytes,
  { blockSize, threads }: { readonly blockSize: number; readonly threads: number },
  work: (block: Uint8Array, previous: Uint8Array | undefined) => Promise<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const running: Promise<Uint8Array>[] = [];
  let previous: Uint8Array | undefined;
  try {
    for await (const block of cut(source, blockSize)) {
      const result = work(block, previous);
      // Heard when its turn comes; until then it must not count as unhandled.
      result.catch(() => {});
      running.push(result);
      previous = block;
      if (running.length >= 2 * threads) yield await running.shift()!;
    }
    for (let next = running.shift(); next !== undefined; next = running.shift()) yield await next;
  } finally {
    await Promise.allSettled(running);
  }
}

async function* cut(source: Bytes, blockSize: number): AsyncGenerator<Uint8Array> {
  const out = new Coalescer(blockSize);
  for await (const chunk of source) yield* out.push(chunk);
  yield* out.end();
}
