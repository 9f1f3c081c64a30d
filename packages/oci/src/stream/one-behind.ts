import type { Bytes } from "../content-store.ts";

/**
 * Passes the bytes on, each chunk when the next has come. Behind a source that verifies at its end, the last chunk
 * leaves only after the whole was found right: who knows the length never takes wrong content for complete.
 */
export async function* oneBehind(source: Bytes): AsyncGenerator<Uint8Array, void, undefined> {
  let last: Uint8Array | undefined;
  for await (const chunk of source) {
    if (chunk.byteLength === 0) continue;
    if (last !== undefined) yield last;
    last = chunk;
  }
  if (last !== undefined) yield last;
}
