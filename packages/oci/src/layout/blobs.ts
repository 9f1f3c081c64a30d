import type { Stats } from "node:fs";
import { type FileHandle, open, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import type { Bytes, ContentStore } from "../content-store.ts";
import type { Descriptor } from "../descriptor.ts";
import { hexOf, isDigest } from "../digest.ts";
import type { Digest } from "../digest.ts";
import { OciError } from "../error.ts";
import { MediaType } from "../media-type.ts";
import { notFound } from "../store/not-found.ts";
import { abortable, throwIfAborted } from "../stream/abortable.ts";
import { hashing } from "../stream/hashing.ts";
import { verified } from "../stream/verified.ts";
import type { HeldContent, IngestOptions } from "./layout.ts";
import { writeTemporary } from "./temporary.ts";

const CHUNK = 1 << 20;

/** Milliseconds. What was marked so shortly before is as good as marked: a sweep leaves alone what an hour has not seen. */
const FRESH = 600_000;

/** The files below `blobs/sha256/` of a layout. */
export class Blobs implements ContentStore {
  readonly #dir: string;
  readonly #tmp: string;

  constructor(layout: string) {
    this.#dir = join(layout, "blobs", "sha256");
    this.#tmp = join(layout, "tmp");
  }

  /** By size, not by hash: a blob is hashed when it is written, and again whenever it is read. */
  async has({ digest, size }: Descriptor, signal?: AbortSignal): Promise<boolean> {
    throwIfAborted(signal);
    return (await this.claim(digest)) === size;
  }

  async sizeOf(digest: Digest): Promise<number | undefined> {
    return (await statFile(this.#path(digest)))?.size;
  }

  /**
   * The size, for somebody who leaves what is there where it is and counts on it: it is in use from now on, and
   * `discard` leaves it alone. What cannot be marked because it just went is not there.
   */
  async claim(digest: Digest): Promise<number | undefined> {
    const found = await statFile(this.#path(digest));
    if (found === undefined) return undefined;
    const { size, mtimeMs } = found;
    const now = Date.now();
    if (now - mtimeMs < FRESH && mtimeMs <= now) return size;
    try {
      await utimes(this.#path(digest), now / 1000, now / 1000);
    } catch (error) {
      const { code = "" } = error as NodeJS.ErrnoException;
      if (code === "ENOENT") return undefined;
      // In a layout of somebody else's, which we do not sweep either.
      if (!["EACCES", "EPERM", "EROFS"].includes(code)) throw error;
    }
    return size;
  }

  async open(target: Descriptor, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    throwIfAborted(signal);
    const size = await this.sizeOf(target.digest);
    if (size === undefined) throw notFound(target, this.#dir);
    if (size !== target.size) {
      throw new OciError(
        "size-mismatch",
        `${this.#path(target.digest)}: expected ${target.size} bytes, found ${size}`,
      );
    }
    return abortable(verified(this.#read(target), target), signal);
  }

  async put(target: Descriptor, content: Bytes, signal?: AbortSignal): Promise<void> {
    if (await this.has(target, signal)) return;
    const checked = verified(abortable(content, signal), target);
    const temporary = await writeTemporary(this.#tmp, checked, target.size);
    await temporary.moveTo(this.#path(target.digest));
  }

  async ingest(
    source: Bytes,
    { mediaType = MediaType.octets, onDigest, signal }: IngestOptions = {},
  ): Promise<Descriptor> {
    const content = hashing(abortable(source, signal));
    const temporary = await writeTemporary(this.#tmp, content);
    try {
      const target = { mediaType, digest: content.digest, size: content.size };
      onDigest?.(target.digest, target.size);
      if (!(await this.has(target, signal))) await temporary.moveTo(this.#path(target.digest));
      return target;
    } finally {
      await temporary.discard();
    }
  }

  async adopt(target: Descriptor, path: string): Promise<void> {
    const { size } = await stat(path);
    if (size !== target.size) {
      throw new OciError("size-mismatch", `${path}: expected ${target.size} bytes, found ${size}`);
    }
    await rename(path, this.#path(target.digest));
  }

  async delete({ digest }: Descriptor, signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    await rm(this.#path(digest), { force: true });
  }

  async *list(): AsyncGenerator<HeldContent> {
    for (const name of await readdir(this.#dir)) {
      const digest = `sha256:${name}`;
      if (!isDigest(digest)) continue;
      const found = await statFile(this.#path(digest));
      if (found !== undefined) yield { digest, size: found.size, usedAt: found.mtimeMs };
    }
  }

  /**
   * Deletes it unless somebody has put or claimed it since `before`. It is moved aside before the last look, so that a
   * claim either finds nothing or is seen here.
   * @returns the bytes that are free now; undefined where it stays or is not there
   */
  async discard(digest: Digest, before: number): Promise<number | undefined> {
    const path = this.#path(digest);
    const found = await statFile(path);
    if (found === undefined || found.mtimeMs >= before) return undefined;
    const aside = join(this.#tmp, `swept-${process.pid}-${hexOf(digest)}`);
    try {
      await rename(path, aside);
    } catch (error) {
      // Somebody else has deleted it.
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
    const last = await stat(aside);
    if (last.mtimeMs >= before) {
      await rename(aside, path);
      return undefined;
    }
    await rm(aside);
    return last.size;
  }

  /** Opened when the first byte is asked for, so that a stream nobody reads holds no file open. */
  async *#read(target: Descriptor): AsyncGenerator<Uint8Array> {
    // One byte more than it should have, so that more is found out. Most files of a layout are documents of a kilobyte.
    const chunk = Math.min(CHUNK, target.size + 1);
    const handle = await this.#openFile(target);
    try {
      for (;;) {
        const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafeSlow(chunk), 0, chunk);
        if (bytesRead === 0) return;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await handle.close();
    }
  }

  async #openFile(target: Descriptor): Promise<FileHandle> {
    try {
      return await open(this.#path(target.digest), "r");
    } catch (error) {
      // Another process has deleted it since it was found.
      if ((error as NodeJS.ErrnoException).code === "ENOENT") throw notFound(target, this.#dir);
      throw error;
    }
  }

  #path(digest: Digest): string {
    return join(this.#dir, hexOf(digest));
  }
}

async function statFile(path: string): Promise<Stats | undefined> {
  try {
    const found = await stat(path);
    return found.isFile() ? found : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
