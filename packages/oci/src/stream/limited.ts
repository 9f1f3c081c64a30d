import type { Bytes } from "../content-store.ts";
import { OciError } from "../error.ts";

/**
 * Passes on at most `maxBytes`.
 * @throws OciError `too-large`, naming `what`, instead of the chunk that goes beyond
 */
export async function* limited(
  source: Bytes,
  maxBytes: number,
  what: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  let found = 0;
  for await (const chunk of source) {
    found += chunk.byteLength;
    if (found > maxBytes)
      throw new OciError("too-large", `${what}: longer than the limit of ${maxBytes} bytes`);
    yield chunk;
  }
}

/** A small document whole. @throws OciError `too-large` */
export async function collect(source: Bytes, maxBytes: number, what = "document"): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of limited(source, maxBytes, what)) chunks.push(chunk);
  return Buffer.concat(chunks);
}
