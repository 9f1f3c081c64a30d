import { Readable } from "node:stream";
import type { Bytes } from "../content-store.ts";

/**
 * Content that can be read from its first byte more than once: an array of chunks, or an object whose
 * `[Symbol.asyncIterator]()` starts afresh each time. A generator or a stream is spent after one reading. Uploads of
 * content of the first kind are simply sent again after a fault; of the second kind, small ones are held in memory and
 * large ones sent in chunks.
 */
export function isReopenable(content: Bytes): boolean {
  if (content instanceof Readable || content instanceof ReadableStream) return false;
  // What is spent after one reading hands out the same iterator again. Asking for one starts nothing.
  return Symbol.asyncIterator in content
    ? content[Symbol.asyncIterator]() !== content[Symbol.asyncIterator]()
    : content[Symbol.iterator]() !== content[Symbol.iterator]();
}

/**
 * Content that `open` starts anew for each reading, for `put` into a store that may have to read it again.
 *
 *     await remote.put(target, reopenable(() => layout.open(target)));
 */
export function reopenable(open: () => Promise<Bytes> | Bytes): AsyncIterable<Uint8Array> {
  return {
    async *[Symbol.asyncIterator]() {
      yield* await open();
    },
  };
}
