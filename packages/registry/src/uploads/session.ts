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

  /**
   * Adds a request's body. What arrived of a body that broke off is kept, so the client can go on from there.
   * @throws ApiError where another request is at it, or for too much
   */
  async append(incoming: IncomingMessage): Promise<void> {
    await this.#alone(async () => {
      this.#file ??= await open(this.path, "wx", 0o644);
      await receive(incoming, {
        room: this.#mostBytes - this.#size,
        write: async (chunk) => {
          await writeAll(this.#file!, chunk);
          // Only what is in the file counts, so hash and size go with it.
          this.#hash.update(chunk);
          this.#size += chunk.length;
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

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length;) at += (await file.write(chunk, at, chunk.length - at)).bytesWritten;
}
