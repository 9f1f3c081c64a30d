import { randomUUID } from "node:crypto";
import { closeSync, openSync, readSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Bytes } from "@seaworthy/oci";

/** Content of a file of the root: read as often as needed until its spool is closed. */
export interface Content {
  readonly size: number;
  chunks(): Iterable<Uint8Array>;
}

export function contentOf(text: string | Uint8Array): Content {
  const bytes = Buffer.from(text as string);
  return { size: bytes.length, chunks: () => (bytes.length === 0 ? [] : [bytes]) };
}

const READ_BYTES = 1 << 20;

/**
 * File contents of one package, one after the other in a scratch file. A sorted root needs them in another order than
 * packages hold them, and they do not fit into memory.
 */
export class Spool {
  readonly #file: number;
  #size = 0;

  /** The file has no name from the start: however the process ends, nothing of it stays in the folder. */
  constructor(folder: string) {
    const path = join(folder, `unpack-${randomUUID()}`);
    this.#file = openSync(path, "wx+", 0o600);
    unlinkSync(path);
  }

  async add(content: Bytes): Promise<Content> {
    const start = this.#size;
    // Synchronous: packages are thousands of small files, and each asynchronous write costs more than it moves.
    for await (const chunk of content) {
      for (let at = 0; at < chunk.byteLength;)
        at += writeSync(this.#file, chunk, at, undefined, this.#size + at);
      this.#size += chunk.byteLength;
    }
    const size = this.#size - start;
    return { size, chunks: () => this.#read(start, size) };
  }

  close(): void {
    closeSync(this.#file);
  }

  *#read(start: number, size: number): Generator<Uint8Array> {
    for (let done = 0; done < size;) {
      const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, size - done));
      const got = readSync(this.#file, buffer, 0, buffer.length, start + done);
      if (got === 0) throw new Error("a scratch file became shorter while it was read");
      done += got;
      yield buffer.subarray(0, got);
    }
  }
}
