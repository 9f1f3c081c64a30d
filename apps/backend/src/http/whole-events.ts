const boundary = Buffer.from("\n\n");

/**
 * Cuts a byte stream of server-sent events where an event ends. If the sender dies in the middle of one,
 * the half event has not been passed on, and an error event can follow cleanly.
 */
export class WholeEvents {
  #rest: Buffer = Buffer.alloc(0);
  readonly #maxBytes: number;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The bytes up to the last event that is complete; empty if none is. Throws a RangeError beyond the limit. */
  push(chunk: Buffer): Buffer {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const at = bytes.lastIndexOf(boundary);
    const end = at < 0 ? 0 : at + boundary.length;
    this.#rest = bytes.subarray(end);
    if (this.#rest.length > this.#maxBytes)
      throw new RangeError(`an event is larger than ${this.#maxBytes} bytes`);
    return bytes.subarray(0, end);
  }
}
