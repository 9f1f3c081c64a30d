const CHUNK = 1 << 20;

/** Gathers small pieces into chunks of 1 MiB: a stream of 25,000 headers must not be 25,000 chunks. */
export class Coalescer {
  #buffer = Buffer.allocUnsafeSlow(CHUNK);
  #at = 0;

  *push(piece: Uint8Array): Generator<Uint8Array> {
    for (let from = 0; from < piece.byteLength;) {
      const length = Math.min(piece.byteLength - from, CHUNK - this.#at);
      this.#buffer.set(length === piece.byteLength ? piece : piece.subarray(from, from + length), this.#at);
      from += length;
      yield* this.#advance(length);
    }
  }

  *zeros(length: number): Generator<Uint8Array> {
    for (let left = length; left > 0;) {
      const part = Math.min(left, CHUNK - this.#at);
      this.#buffer.fill(0, this.#at, this.#at + part);
      left -= part;
      yield* this.#advance(part);
    }
  }

  *end(): Generator<Uint8Array> {
    if (this.#at > 0) yield this.#buffer.subarray(0, this.#at);
    this.#at = 0;
  }

  *#advance(length: number): Generator<Uint8Array> {
    this.#at += length;
    if (this.#at < CHUNK) return;
    const full = this.#buffer;
    this.#buffer = Buffer.allocUnsafeSlow(CHUNK);
    this.#at = 0;
    yield full;
  }
}
