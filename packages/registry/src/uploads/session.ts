import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { open, rm } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import type { Digest } from "@seaworthy/oci";
import { ApiError } from "../api-error.ts";
import { receive } from "./receive.ts";

export interface SessionParts {
  readonly id: string;
  readonly repository: string;
  readonly path: string;
  readonly mostBytes: number;
  readonly now: () => number;
}

/** One upload on its way: a file that grows, and the hash of what is in it. */
export class UploadSession {
  readonly id: string;
  readonly repository: string;
  readonly path: string;
  /** Milliseconds since the epoch of the last sign of life. */
  touched: number;
  readonly #mostBytes: number;
  readonly #now: () => number;
  readonly #hash = createHash("sha256");
  #file: FileHandle | undefined;
  #size = 0;
  #busy = false;
  #broken = false;

  constructor({ id, repository, path, mostBytes, now }: SessionParts) {
    this.id = id;
    this.repository = repository;
    this.path = path;
    this.#mostBytes = mostBytes;
    this.#now = now;
    this.touched = now();
  }

  get size(): number {
    return this.#size;
  }

  get busy(): boolean {
    return this.#busy;
  }

  /** A write failed, so that file and hash may differ: nothing can come of it any more. */
  get broken(): boolean {
    return this.#broken;
  }

  /**
   * Adds a request's body. What arrived of a body that broke off is kept, so the client can go on from there.
   * @throws ApiError where another request is at it, or for too much
   */
  async append(incoming: IncomingMessage): Promise<void> {
    await this.#alone(async () => {
      this.#file ??= await open(this.path, "wx", 0o644);
      await receive(incoming, {
        room: this.#mostBytes - this.#size,
        write: async (chunks) => {
          this.#broken = true;
          const writing = writeAll(this.#file!, chunks);
          // While the disk is at it.
          for (const chunk of chunks) this.#hash.update(chunk);
          this.#size += await writing;
          this.#broken = false;
        },
      });
    });
  }

  /** The digest of all that was received; on disk for good when this returns. No more can be added. */
  async finish(): Promise<Digest> {
    return this.#alone(async () => {
      this.#file ??= await open(this.path, "wx", 0o644);
      await this.#file.datasync();
      await this.#close();
      return `sha256:${this.#hash.digest("hex")}` as Digest;
    });
  }

  async discard(): Promise<void> {
    await this.#close();
    await rm(this.path, { force: true });
  }

  async #close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  async #alone<T>(work: () => Promise<T>): Promise<T> {
    if (this.#busy) {
      throw new ApiError(409, "BLOB_UPLOAD_INVALID", "another request is at this upload");
    }
    this.#busy = true;
    try {
      return await work();
    } finally {
      this.#busy = false;
      this.touched = this.#now();
    }
  }
}

/** @returns the bytes written, which are all of them */
async function writeAll(file: FileHandle, chunks: readonly Uint8Array[]): Promise<number> {
  const size = chunks.reduce((sum, { length }) => sum + length, 0);
  let { bytesWritten } = await file.writev(chunks);
  if (bytesWritten === size) return size;
  // Cut short, as by a signal: what is left goes as one.
  const whole = Buffer.concat(chunks, size);
  while (bytesWritten < size) {
    bytesWritten += (await file.write(whole, bytesWritten, size - bytesWritten)).bytesWritten;
  }
  return size;
}
