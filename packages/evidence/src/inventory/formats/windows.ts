/** A part of a file that is kept while the file comes by. */
class Window {
  readonly start: number;
  readonly end: number;
  readonly #chunks: Buffer[] = [];

  constructor(start: number, end: number) {
    this.start = start;
    this.end = end;
  }

  take(chunk: Uint8Array, at: number): void {
    const from = Math.max(this.start - at, 0);
    const to = Math.min(this.end - at, chunk.length);
    if (from < to) this.#chunks.push(Buffer.from(chunk.subarray(from, to)));
  }

  all(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  /** Undefined where a part of it was not kept or not there. */
  bytes(from: number, to: number): Buffer | undefined {
    if (from < this.start || to > this.end || from > to) return undefined;
    const all = this.all();
    return to - this.start > all.length ? undefined : all.subarray(from - this.start, to - this.start);
  }
}

/** Keeps parts of a file that is too long to hold, as it comes by. What was before a part was asked for is gone. */
export class Windows {
  readonly #windows: Window[] = [];
  #at = 0;

  keep(start: number, end: number): void {
    this.#windows.push(new Window(start, end));
  }

  write(chunk: Uint8Array): void {
    for (const window of this.#windows) window.take(chunk, this.#at);
    this.#at += chunk.length;
  }

  /** What lies there, undefined unless one of the parts holds all of it. */
  bytes(from: number, to: number): Buffer | undefined {
    for (const window of this.#windows) {
      const found = window.bytes(from, to);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** What was kept of the part that begins there. */
  from(start: number): Buffer {
    return this.#windows.find((window) => window.start === start)?.all() ?? Buffer.alloc(0);
  }
}
