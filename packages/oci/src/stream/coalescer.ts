/** Gathers small pieces into chunks of one size: a stream of 25,000 headers must not be 25,000 chunks. */
export class Coalescer {
  readonly #size: number;
  // Made when the first byte comes: most small things need no buffer after the last full one.
  #buffer: Buffer | undefined;
  #at = 0;

  constructor(size = 1 << 20) {
    this.#size = size;
  }

  *push(piece: Uint8Array): Generator<Uint8Array> {
    for (let from = 0; from < piece.byteLength;) {
      const length = Math.min(piece.byteLength - from, this.#size - this.#at);
      this.#room().set(length === piece.byteLength ? piece : piece.subarray(from, from + length), this.#at);
      from += length;
      yield* this.#advance(length);
    }
  }

  *zeros(length: number): Generator<Uint8Array> {
    for (let left = length; left > 0;) {
      const part = Math.min(left, this.#size - this.#at);
      this.#room().fill(0, this.#at, this.#at + part);
      left -= part;
      yield* this.#advance(part);
    }
  }

  *end(): Generator<Uint8Array> {
    if (this.#buffer !== undefined && this.#at > 0) yield this.#buffer.subarray(0, this.#at);
    this.#buffer = undefined;
    this.#at = 0;
  }

  *#advance(length: number): Generator<Uint8Array> {
    this.#at += length;
    if (this.#at < this.#size) return;
    const full = this.#room();
    this.#buffer = undefined;
    this.#at = 0;
    yield full;
  }

  #room(): Buffer {
    return (this.#buffer ??= Buffer.allocUnsafeSlow(this.#size));
  }
}
