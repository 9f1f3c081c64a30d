import { createHash } from "node:crypto";
import type { Bytes } from "../content-store.ts";
import type { Digest } from "../digest.ts";

/** A stream, to be read once, that knows what went through it. */
export interface Hashing extends AsyncIterable<Uint8Array> {
  /** Bytes passed on so far. */
  readonly size: number;
  /** Of the whole content; an error before its end was read. */
  readonly digest: Digest;
}

/** Passes the bytes on; digest and size can be asked for afterwards. */
export function hashing(source: Bytes): Hashing {
  const hash = createHash("sha256");
  let size = 0;
  let digest: Digest | undefined;
  async function* pass(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      hash.update(chunk);
      size += chunk.byteLength;
      yield chunk;
    }
    digest = `sha256:${hash.digest("hex")}` as Digest;
  }
  const passing = pass();
  return {
    [Symbol.asyncIterator]: () => passing,
    get size() {
      return size;
    },
    get digest() {
      if (digest === undefined) throw new Error("the digest is known only after the last byte was read");
      return digest;
    },
  };
}
