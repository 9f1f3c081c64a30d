import { Readable, pipeline } from "node:stream";
import type { Transform } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import type * as Xz from "xz-decompress";
import { DebianError } from "../error.ts";

const CHUNKS = { chunkSize: 1 << 20 };

export type Compression = "none" | "gz" | "xz" | "zst";

/** From the last part of a file name: `control.tar.xz`, `Packages.gz`. */
export function compressionOf(name: string): Compression {
  const ending = /\.(gz|xz|zst)$/.exec(name)?.[1];
  return (ending as Compression | undefined) ?? "none";
}

/**
 * The decompressed stream, at most `maxBytes` long. The source is always read to its end, so that a verifying source
 * has its say; its errors come through as they are.
 * @throws DebianError `too-large`, `invalid-package`
 */
export async function* decompress(
  source: AsyncIterable<Uint8Array>,
  compression: Compression,
  { maxBytes, where }: { readonly maxBytes: number; readonly where: string },
): AsyncGenerator<Uint8Array, void, undefined> {
  const feed = new Feed(source);
  try {
    yield* bounded(decode(feed, compression, where), maxBytes, where);
  } finally {
    await feed.close();
  }
}

async function* decode(feed: Feed, compression: Compression, where: string) {
  const decoded = (await EXPAND[compression](feed.held()))[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await decoded.next().catch(async (error: unknown) => {
        // Rather "the wrong bytes came" than "these bytes cannot be decoded".
        await feed.drain();
        const message = `${where}: broken ${compression} data: ${(error as Error).message}`;
        throw new DebianError("invalid-package", message, { cause: error });
      });
      if (done === true) break;
      yield value;
    }
    await feed.drain();
  } finally {
    await decoded.return?.();
  }
}

async function* bounded(source: AsyncIterable<Uint8Array>, maxBytes: number, where: string) {
  let size = 0;
  for await (const chunk of source) {
    size += chunk.byteLength;
    if (size > maxBytes) {
      throw new DebianError("too-large", `${where}: expected at most ${maxBytes} bytes unpacked, found more`);
    }
    yield chunk;
  }
}

type Expand = (
  source: AsyncIterable<Uint8Array>,
) => AsyncIterable<Uint8Array> | Promise<AsyncIterable<Uint8Array>>;

const EXPAND: Readonly<Record<Compression, Expand>> = {
  none: (source) => source,
  gz: (source) => through(source, createGunzip(CHUNKS)),
  zst: (source) => through(source, createZstdDecompress(CHUNKS)),
  async xz(source) {
    // A CommonJS bundle whose names Node cannot see: all of it is `default`.
    const { default: xz } = (await import("xz-decompress")) as unknown as { readonly default: typeof Xz };
    return new xz.XzReadableStream(ReadableStream.from(source));
  },
};

function through(source: AsyncIterable<Uint8Array>, decoder: Transform): AsyncIterable<Uint8Array> {
  // The reader of the decoder learns of errors; whoever stops reading early is no error.
  pipeline(Readable.from(source, { objectMode: false }), decoder, () => undefined);
  return decoder;
}

/** A source that a decoder cannot close: it stops at its own end mark, which need not be the end of the file. */
class Feed {
  readonly #iterator: AsyncIterator<Uint8Array>;
  fault: { readonly error: unknown } | undefined;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#iterator = source[Symbol.asyncIterator]();
  }

  held(): AsyncIterable<Uint8Array> {
    const next = async () => {
      try {
        return await this.#iterator.next();
      } catch (error) {
        this.fault ??= { error };
        throw error;
      }
    };
    return { [Symbol.asyncIterator]: () => ({ next }) };
  }

  async drain(): Promise<void> {
    for await (const chunk of this.held()) void chunk;
    if (this.fault !== undefined) throw this.fault.error;
  }

  async close(): Promise<void> {
    await this.#iterator.return?.();
  }
}
