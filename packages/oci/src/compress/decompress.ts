import { createGunzip } from "node:zlib";
import type { Bytes } from "../content-store.ts";
import { OciError } from "../error.ts";
import { MediaType } from "../media-type.ts";
import { limited } from "../stream/limited.ts";
import { through } from "./through.ts";
import { unzstd } from "./unzstd.ts";

export type Compression = "none" | "gzip" | "zstd";

export interface DecompressOptions {
  /** Of a layer. Without one, with Docker's (which lies at times) or an unknown one the first bytes tell. */
  readonly mediaType?: string;
  /** Bound on what comes out. Default: none. */
  readonly maxBytes?: number;
}

const CHUNK = 1 << 20;

const DECLARED: Readonly<Record<string, Compression>> = {
  [MediaType.layer]: "none",
  [MediaType.layerGzip]: "gzip",
  [MediaType.layerZstd]: "zstd",
};

/**
 * The content uncompressed: gzip with all its members, zstd with all its frames, or as it is.
 * @throws OciError `invalid-archive` where it is damaged or not of its media type, `too-large`
 */
export async function* decompress(
  source: Bytes,
  { mediaType = "", maxBytes = Number.POSITIVE_INFINITY }: DecompressOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const declared = DECLARED[mediaType];
  const { first, rest, close } = await peek(source, 4);
  try {
    const found = sniff(first);
    if (declared !== undefined && declared !== "none" && declared !== found) {
      throw new OciError(
        "invalid-archive",
        `content of type ${mediaType}: expected ${declared}, found ${name(found)}`,
      );
    }
    yield* limited(expand(declared ?? found, rest), maxBytes, "decompressed content");
  } finally {
    await close();
  }
}

/** By magic number; `none` is everything that is neither gzip nor zstd. */
export function sniff(first: Uint8Array): Compression {
  const [a, b, c, d] = first;
  if (a === 0x1f && b === 0x8b) return "gzip";
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return "zstd";
  const skippable = a !== undefined && (a & 0xf0) === 0x50 && b === 0x2a && c === 0x4d && d === 0x18;
  return skippable ? "zstd" : "none";
}

function expand(compression: Compression, source: Bytes): Bytes {
  if (compression === "gzip") return through(createGunzip({ chunkSize: CHUNK }), source, "gzip content");
  return compression === "zstd" ? unzstd(source) : source;
}

function name(compression: Compression): string {
  return compression === "none" ? "something else" : compression;
}

/** The first bytes, at least `length` where there are so many, and the whole source again. */
async function peek(
  source: Bytes,
  length: number,
): Promise<{ first: Buffer; rest: AsyncIterable<Uint8Array>; close: () => Promise<unknown> }> {
  const chunks = pass(source);
  const seen: Uint8Array[] = [];
  let size = 0;
  while (size < length) {
    const next = await chunks.next();
    if (next.done === true) break;
    seen.push(next.value);
    size += next.value.byteLength;
  }
  async function* again(): AsyncGenerator<Uint8Array> {
    yield* seen;
    yield* chunks;
  }
  // Closed apart from `rest`: a generator that was never started does not run its own cleaning up.
  return { first: Buffer.concat(seen), rest: again(), close: () => chunks.return() };
}

async function* pass(source: Bytes): AsyncGenerator<Uint8Array, void, undefined> {
  yield* source;
}
