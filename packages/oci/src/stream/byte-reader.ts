import type { Bytes } from "../content-store.ts";
import { OciError } from "../error.ts";

/** Reads exact numbers of bytes from a stream of chunks; copies only where a piece lies across two chunks. */
export class ByteReader {
  readonly #iterator: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  readonly #what: string;
  readonly #maxBytes: number;
  #chunk: Buffer = Buffer.alloc(0);
  #at = 0;
  #consumed = 0;
  #ended = false;

  constructor(source: Bytes, what: string, maxBytes = Number.POSITIVE_INFINITY) {
    this.#iterator =
      Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
    this.#what = what;
    this.#maxBytes = maxBytes;
  }

  /** Bytes handed out so far: the offset of the next one. */
  get position(): number {
    return this.#consumed;
  }

  /** The next `length` bytes if they are in memory already, as a view that must not be changed. */
  tryTake(length: number): Buffer | undefined {
    if (this.#chunk.length - this.#at < length) return undefined;
    const piece = this.#chunk.subarray(this.#at, this.#at + length);
    this.#advance(length);
    return piece;
  }

  /** The next `length` bytes, undefined where the source ends right here. */
  async take(length: number): Promise<Buffer | undefined> {
    const ready = this.tryTake(length);
    if (ready !== undefined) return ready;
    const pieces: Buffer[] = [];
    let missing = length;
    while (missing > 0 && (await this.#fill())) {
      const piece = this.#chunk.subarray(this.#at, this.#at + missing);
      this.#advance(piece.length);
      pieces.push(piece);
      missing -= piece.length;
    }
    if (missing === length) return undefined;
    if (missing > 0) throw this.#truncated(missing);
    return Buffer.concat(pieces, length);
  }

  /** The next piece of at most `length` bytes, as it lies in memory. */
  async some(length: number): Promise<Buffer> {
    if (!(await this.#fill())) throw this.#truncated(length);
    const piece = this.#chunk.subarray(this.#at, this.#at + length);
    this.#advance(piece.length);
    return piece;
  }

  async skip(length: number): Promise<void> {
    for (let left = length; left > 0;) left -= (await this.some(left)).length;
  }

  /** Counts bytes that are made up rather than read (holes) against the same limit. */
  charge(length: number): void {
    this.#check(this.#consumed + length);
  }

  /** Reads what is left, so that a verifying source sees its end. */
  async drain(): Promise<void> {
    while (await this.#fill()) this.#advance(this.#chunk.length - this.#at);
  }

  async close(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#iterator.return?.();
  }

  async #fill(): Promise<boolean> {
    while (this.#at === this.#chunk.length) {
      if (this.#ended) return false;
      const next = await this.#iterator.next();
      if (next.done === true) {
        this.#ended = true;
        return false;
      }
      const { buffer, byteOffset, byteLength } = next.value;
      this.#chunk = Buffer.from(buffer, byteOffset, byteLength);
      this.#at = 0;
    }
    return true;
  }

  #advance(length: number): void {
    this.#at += length;
    this.#consumed += length;
    this.#check(this.#consumed);
  }

  #check(total: number): void {
    if (total > this.#maxBytes) {
      throw new OciError("too-large", `${this.#what}: longer than the limit of ${this.#maxBytes} bytes`);
    }
  }

  #truncated(missing: number): OciError {
    return new OciError(
      "invalid-archive",
      `${this.#what}: ends at byte ${this.#consumed}, ${missing} bytes early`,
    );
  }
}
