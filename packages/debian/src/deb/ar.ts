import { DebianError } from "../error.ts";

/** One member of an `ar` archive; its body must be read before the next member is asked for, what is left is skipped. */
export interface ArMember {
  readonly name: string;
  readonly size: number;
  readonly body: AsyncIterable<Uint8Array>;
}

const MAGIC = "!<arch>\n";
const HEADER = 60;
/** A .deb has three members (deb(5)); a few more are allowed for. */
const MAX_MEMBERS = 16;

/**
 * The members of an `ar` archive in order: the common form with short names, which is all that .debs use. The source
 * is read to its end.
 * @throws DebianError `invalid-package`
 */
export async function* readAr(
  source: AsyncIterable<Uint8Array>,
  where: string,
): AsyncGenerator<ArMember, void, undefined> {
  const bytes = new ByteSource(source);
  try {
    if ((await bytes.take(MAGIC.length)).toString("latin1") !== MAGIC) {
      throw new DebianError("invalid-package", `${where}: expected an ar archive, found other bytes`);
    }
    for (let members = 0; ; members++) {
      const header = await bytes.take(HEADER);
      if (header.length === 0) return;
      if (members >= MAX_MEMBERS)
        throw new DebianError("invalid-package", `${where}: more than ${MAX_MEMBERS} members`);
      const { name, size } = parseHeader(header, where);
      const body = new Body(bytes, size, where);
      yield { name, size, body };
      await body.finish();
      // Members begin at even offsets; the last one's padding may be left out.
      if (size % 2 === 1) await bytes.take(1);
    }
  } finally {
    await bytes.close();
  }
}

function parseHeader(header: Buffer, where: string): { readonly name: string; readonly size: number } {
  const text = header.toString("latin1");
  // System V ends names with a slash, BSD does not; dpkg writes the latter.
  const name = text.slice(0, 16).trimEnd().replace(/\/$/, "");
  const size = text.slice(48, 58).trimEnd();
  if (header.length < HEADER || text.slice(58, 60) !== "`\n" || !/^\d{1,10}$/.test(size) || name === "") {
    throw new DebianError("invalid-package", `${where}: broken ar header`);
  }
  return { name, size: Number(size) };
}

class Body implements AsyncIterable<Uint8Array> {
  readonly #bytes: ByteSource;
  readonly #where: string;
  #left: number;

  constructor(bytes: ByteSource, size: number, where: string) {
    this.#bytes = bytes;
    this.#left = size;
    this.#where = where;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    while (this.#left > 0) {
      const piece = await this.#bytes.some(this.#left);
      if (piece.length === 0) {
        throw new DebianError(
          "invalid-package",
          `${this.#where}: ends ${this.#left} bytes before its last member does`,
        );
      }
      this.#left -= piece.length;
      yield piece;
    }
  }

  async finish(): Promise<void> {
    for await (const piece of this) void piece;
  }
}

class ByteSource {
  readonly #iterator: AsyncIterator<Uint8Array>;
  #chunk: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#iterator = source[Symbol.asyncIterator]();
  }

  /** The next bytes as they lie in memory, at most `max`; none at the end. */
  async some(max: number): Promise<Buffer> {
    while (this.#chunk.length === 0) {
      const { done, value } = await this.#iterator.next();
      if (done === true) return this.#chunk;
      this.#chunk = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    }
    const piece = this.#chunk.subarray(0, max);
    this.#chunk = this.#chunk.subarray(piece.length);
    return piece;
  }

  /** Exactly `length` bytes, fewer only at the end. Small lengths alone: they are copied together. */
  async take(length: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    let missing = length;
    while (missing > 0) {
      const piece = await this.some(missing);
      if (piece.length === 0) break;
      pieces.push(piece);
      missing -= piece.length;
    }
    return Buffer.concat(pieces);
  }

  async close(): Promise<void> {
    await this.#iterator.return?.();
  }
}
