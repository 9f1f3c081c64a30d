import type { Bytes } from "../content-store.ts";
import { OciError } from "../error.ts";
import { ByteReader } from "../stream/byte-reader.ts";
import type { TarItem } from "./entry.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import type { TarLimits } from "./limits.ts";
import { readMember } from "./member.ts";
import type { Member } from "./member.ts";
import { expandSparse } from "./sparse.ts";

const NOTHING: readonly Uint8Array[] = [];

/**
 * The entries of an uncompressed tar archive, in order: ustar, PAX, GNU and V7; sparse files come out whole. The source
 * is read to its very end, so that a verifying source has its say. Content is a view into the source's chunks: read it
 * before asking for the next entry, do not change it; what is left unread is skipped.
 * @throws OciError `invalid-archive`, `path-escape`, `too-large`
 */
export async function* readTar(
  source: Bytes,
  limits: TarLimits = {},
): AsyncGenerator<TarItem, void, undefined> {
  const bounds = { ...DEFAULT_LIMITS, ...limits };
  const reader = new ByteReader(source, "archive", bounds.maxBytes);
  try {
    let entries = 0;
    for (let member = await readMember(reader, bounds); member; member = await readMember(reader, bounds)) {
      if (++entries > bounds.maxEntries) {
        throw new OciError("too-large", `archive: more than ${bounds.maxEntries} entries`);
      }
      const content = new Content(reader, member);
      yield { entry: member.entry, content: content.read() };
      await content.finish();
    }
    await reader.drain();
  } finally {
    await reader.close();
  }
}

/** The content of one member while it is the current one. */
class Content {
  readonly #reader: ByteReader;
  readonly #member: Member;
  #left: number;
  #state: "new" | "reading" | "over" = "new";

  constructor(reader: ByteReader, member: Member) {
    this.#reader = reader;
    this.#member = member;
    this.#left = member.stored;
  }

  read(): TarItem["content"] {
    if (this.#member.sparse !== undefined) return expandSparse(this.#member.sparse, (max) => this.#next(max));
    if (this.#left === 0) return NOTHING;
    // What lies in memory whole needs no generator: most files of a layer are small.
    const whole = this.#reader.tryTake(this.#left);
    if (whole === undefined) return this.#stream();
    this.#left = 0;
    return [whole];
  }

  async finish(): Promise<void> {
    this.#state = "over";
    await this.#reader.skip(this.#left + this.#member.padding);
  }

  async *#stream(): AsyncGenerator<Uint8Array> {
    if (this.#state === "reading") throw new Error("content of a tar entry was read twice");
    if (this.#state === "new") this.#state = "reading";
    while (this.#left > 0) yield await this.#next(this.#left);
  }

  async #next(max: number): Promise<Buffer> {
    if (this.#state === "over") {
      throw new Error("content of a tar entry was read after the next entry was asked for");
    }
    const piece = await this.#reader.some(max);
    this.#left -= piece.length;
    return piece;
  }
}
