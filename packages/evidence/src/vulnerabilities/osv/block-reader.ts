import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { RandomAccessReader } from "yauzl";

const BLOCK = 1 << 20;
/** One where the directory is read, one where the files are. */
const KEPT = 2;

/**
 * A file in blocks, for archives of very many very small files: a read of the system for each would take most of the
 * time. Reads are synchronous, as the work between them is.
 */
export class BlockReader extends RandomAccessReader implements Disposable {
  readonly size: number;
  readonly #fd: number;
  readonly #blocks = new Map<number, Buffer>();

  constructor(path: string) {
    super();
    this.#fd = openSync(path, "r");
    this.size = fstatSync(this.#fd).size;
  }

  /** @throws Error where the file ends before that */
  take(start: number, length: number): Buffer {
    // Before anything is set aside for what an archive only says is there.
    if (start + length > this.size) throw this.#endsEarly();
    const piece = Buffer.allocUnsafe(length);
    for (let at = 0; at < length;) {
      const position = start + at;
      const block = this.#block(Math.floor(position / BLOCK));
      const copied = block.copy(piece, at, position % BLOCK);
      if (copied === 0) throw this.#endsEarly();
      at += copied;
    }
    return piece;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    let failed: Error | null = null;
    try {
      this.take(position, length).copy(buffer, offset);
    } catch (error) {
      failed = error as Error;
    }
    queueMicrotask(() => callback(failed));
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }

  #endsEarly(): Error {
    return new Error(`the archive ends early, at byte ${this.size}`);
  }

  #block(number: number): Buffer {
    const known = this.#blocks.get(number);
    if (known !== undefined) return known;
    const block = Buffer.allocUnsafe(BLOCK);
    const length = readSync(this.#fd, block, 0, BLOCK, number * BLOCK);
    if (this.#blocks.size === KEPT) this.#blocks.delete(this.#blocks.keys().next().value!);
    this.#blocks.set(number, block.subarray(0, length));
    return block.subarray(0, length);
  }
}
