import { OciError } from "../error.ts";
import { Coalescer } from "../stream/coalescer.ts";
import { encodeEntry } from "./encode.ts";
import type { TarEntry, TarItem } from "./entry.ts";
import { BLOCK, paddingOf } from "./header.ts";
import { quote } from "./path.ts";

/**
 * An uncompressed tar archive of the items in the order given: ustar, with PAX records only where ustar cannot say it.
 * The same entries and contents give the same bytes. Chunks are 1 MiB each but for the last; content is copied at once,
 * so its producer may use a buffer again.
 * @throws OciError `size-mismatch` where content and `entry.size` differ; `invalid-archive`, `path-escape` where an
 * entry cannot be written
 */
export async function* writeTar(
  items: AsyncIterable<TarItem> | Iterable<TarItem>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const out = new Coalescer();
  for await (const { entry, content } of items) {
    yield* out.push(encodeEntry(entry));
    let written = 0;
    for await (const piece of content) {
      written += piece.byteLength;
      if (written > entry.size) throw sizeMismatch(entry, written);
      yield* out.push(piece);
    }
    if (written !== entry.size) throw sizeMismatch(entry, written);
    yield* out.zeros(paddingOf(written));
  }
  yield* out.zeros(2 * BLOCK);
  yield* out.end();
}

function sizeMismatch({ path, size }: TarEntry, found: number): OciError {
  const amount = found > size ? "more" : `${found}`;
  return new OciError("size-mismatch", `tar entry ${quote(path)}: expected ${size} bytes, found ${amount}`, {
    hint: "the file changed while it was read; run it again",
  });
}
