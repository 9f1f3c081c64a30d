import type { IncomingMessage } from "node:http";
import { ApiError } from "../api-error.ts";

export interface Sink {
  /** Bytes it still takes. */
  readonly room: number;
  write(chunks: readonly Uint8Array[]): Promise<void>;
}

/** Chunks of a socket are put together to writes of about this much. */
const BATCH = 1024 * 1024;
/** This many bytes may wait for the disk before the socket is paused. */
const WAITING = 4 * BATCH;

/**
 * Drains a request's body by hand, which is faster than a pipeline and twice as fast as a web stream. Whole writes
 * happen for all that arrived, also where the body breaks off.
 * @throws ApiError 413, and 400 for a body that broke off; what `write` throws
 */
export async function receive(incoming: IncomingMessage, sink: Sink): Promise<void> {
  const drain = new Drain(incoming, sink);
  await drain.done;
}

class Drain {
  readonly done: Promise<void>;
  readonly #incoming: IncomingMessage;
  readonly #sink: Sink;
  readonly #ended = Promise.withResolvers<void>();
  #batch: Buffer[] = [];
  #batched = 0;
  #received = 0;
  #waiting = 0;
  #writing: Promise<void> = Promise.resolve();
  #failed = false;

  constructor(incoming: IncomingMessage, sink: Sink) {
    this.#incoming = incoming;
    this.#sink = sink;
    this.done = this.#run();
  }

  async #run(): Promise<void> {
    const incoming = this.#incoming;
    const onData = (chunk: Buffer): void => this.#take(chunk);
    const onEnd = (): void => this.#ended.resolve();
    const onBroken = (): void =>
      this.#ended.reject(new ApiError(400, "BLOB_UPLOAD_INVALID", "the body broke off"));
    incoming.on("data", onData).on("end", onEnd).on("error", onBroken).on("close", onBroken);
    try {
      if (incoming.readableEnded) onEnd();
      else if (incoming.destroyed) onBroken();
      await this.#ended.promise;
    } finally {
      // The error listener stays: a request that failed may do so again when its socket goes.
      incoming.off("data", onData).off("end", onEnd).off("close", onBroken);
      this.#flush();
      await this.#writing;
    }
  }

  #take(chunk: Buffer): void {
    this.#received += chunk.length;
    if (this.#received > this.#sink.room) {
      this.#ended.reject(new ApiError(413, "SIZE_INVALID", "the blob is larger than this registry takes"));
      return;
    }
    if (this.#failed) return;
    this.#batch.push(chunk);
    this.#batched += chunk.length;
    if (this.#batched >= BATCH) this.#flush();
    if (this.#waiting >= WAITING) this.#incoming.pause();
  }

  #flush(): void {
    if (this.#batched === 0) return;
    const [batch, size] = [this.#batch, this.#batched];
    this.#waiting += size;
    this.#batch = [];
    this.#batched = 0;
    this.#writing = this.#writing.then(() => this.#write(batch, size));
    // It is awaited in the end; until then its failure is told by `ended`.
    this.#writing.catch((error: unknown) => {
      this.#failed = true;
      this.#ended.reject(error);
    });
  }

  async #write(batch: readonly Buffer[], size: number): Promise<void> {
    await this.#sink.write(batch);
    this.#waiting -= size;
    if (this.#waiting < WAITING) this.#incoming.resume();
  }
}
