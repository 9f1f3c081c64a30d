import { createHash } from "node:crypto";
import type { Bytes } from "../content-store.ts";
import type { Descriptor } from "../descriptor.ts";
import { shortDigest } from "../digest.ts";
import { OciError } from "../error.ts";

/**
 * Passes the bytes on and fails where they are not those the descriptor names: at the first chunk beyond `size`, which
 * is not passed on, or at the end. Whoever keeps the bytes must not use them before the end was reached.
 * @throws OciError `size-mismatch`, `digest-mismatch`
 */
export async function* verified(
  source: Bytes,
  { digest, size }: Pick<Descriptor, "digest" | "size">,
): AsyncGenerator<Uint8Array, void, undefined> {
  const hash = createHash("sha256");
  let found = 0;
  for await (const chunk of source) {
    found += chunk.byteLength;
    if (found > size) {
      throw new OciError("size-mismatch", `${shortDigest(digest)}: expected ${size} bytes, found more`);
    }
    hash.update(chunk);
    yield chunk;
  }
  if (found !== size) {
    throw new OciError("size-mismatch", `${shortDigest(digest)}: expected ${size} bytes, found ${found}`, {
      hint: "the content is cut off; fetch it again",
    });
  }
  const actual = `sha256:${hash.digest("hex")}`;
  if (actual !== digest) {
    throw new OciError("digest-mismatch", `expected content ${digest}, found ${actual}`, {
      hint: "the content is damaged or was tampered with; fetch it again",
    });
  }
}
