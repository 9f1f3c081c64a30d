import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { constants, gunzipSync, gzipSync, zstdCompressSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decompress, gzip, MediaType, zstd } from "../index.ts";
import type { Bytes } from "../index.ts";
import { cut, gather } from "../tar/testing.ts";

/** Compressible, and different everywhere. */
function text(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0, line = 0; at < size; line++) at += bytes.write(`line ${line} of ${line % 97}\n`, at);
  return bytes;
}

const LARGE = text(3_500_000);

const skippable = (content: string): Buffer => {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(0x184d2a53);
  head.writeUInt32LE(content.length, 4);
  return Buffer.concat([head, Buffer.from(content)]);
};

function has(tool: string): boolean {
  try {
    execFileSync(tool, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

describe("gzip", () => {
  it.each([0, 1, 1000, 1 << 20, (1 << 20) + 1, LARGE.length])(
    "is read back by zlib at %i bytes",
    async (size) => {
      const content = LARGE.subarray(0, size);
      expect(gunzipSync(await gather(gzip([content]))).equals(content)).toBe(true);
    },
  );

  it.runIf(has("gzip"))("passes the test of the gzip program", async () => {
    const packed = await gather(gzip([LARGE]));
    expect(execFileSync("gzip", ["-dc"], { input: packed, maxBuffer: 1e9 }).equals(LARGE)).toBe(true);
  });

  it("gives the same bytes whatever the chunks and threads", async () => {
    const one = await gather(gzip([LARGE], { threads: 1 }));
    const other = await gather(gzip(cut(LARGE, 54_321), { threads: 7 }));
    expect(other.equals(one)).toBe(true);
  });

  it("compresses nearly as well as one stream", async () => {
    const ours = (await gather(gzip([LARGE], { level: 6 }))).length;
    expect(ours).toBeLessThan(gzipSync(LARGE, { level: 6 }).length * 1.02);
  });
});

describe("zstd", () => {
  it.each([0, 1, 5_000_000])("is read back by zlib frame by frame at %i bytes", async (size) => {
    const content = Buffer.concat([LARGE, LARGE]).subarray(0, size);
    expect((await gather(decompress(zstd([content])))).equals(content)).toBe(true);
  });

  it.runIf(has("zstd"))("passes the test of the zstd program", async () => {
    const content = Buffer.concat([LARGE, LARGE]);
    const packed = await gather(zstd([content]));
    expect(execFileSync("zstd", ["-dc"], { input: packed, maxBuffer: 1e9 }).equals(content)).toBe(true);
  });

  it("gives the same bytes whatever the chunks and threads", async () => {
    const content = Buffer.concat([LARGE, LARGE]);
    const one = await gather(zstd([content], { threads: 1 }));
    expect((await gather(zstd(cut(content, 54_321), { threads: 3 }))).equals(one)).toBe(true);
  });
});

describe("decompress", () => {
  it("finds out by itself what it reads", async () => {
    const content = text(5000);
    for (const packed of [content, gzipSync(content), zstdCompressSync(content)]) {
      for (const size of [1, 3, 4, 1000, 10_000]) {
        expect((await gather(decompress(cut(packed, size)))).equals(content)).toBe(true);
      }
    }
  });

  it("passes on content shorter than a magic number", async () => {
    expect(await gather(decompress([]))).toHaveLength(0);
    expect((await gather(decompress([Buffer.from("a")]))).toString()).toBe("a");
  });

  it("reads all members of a gzip file", async () => {
    const packed = Buffer.concat(["one ", "two ", "three"].map((part) => gzipSync(part)));
    for (const size of [1, 7, 20, 21, 22, 1000]) {
      expect((await gather(decompress(cut(packed, size)))).toString()).toBe("one two three");
    }
  });

  it("reads all frames of a zstd file and skips the skippable", async () => {
    const large = text(400_000);
    const packed = Buffer.concat([
      skippable("in front"),
      zstdCompressSync("one "),
      zstdCompressSync(""),
      skippable(""),
      zstdCompressSync(large, { params: { [constants.ZSTD_c_checksumFlag]: 1 } }),
      zstdCompressSync(Buffer.alloc(300_000)),
      skippable("table of contents"),
    ]);
    const content = Buffer.concat([Buffer.from("one "), large, Buffer.alloc(300_000)]);
    for (const size of [1, 1000, 1_000_000]) {
      expect((await gather(decompress(cut(packed, size)))).equals(content)).toBe(true);
    }
  });

  it("reads thousands of small frames", async () => {
    const frames = Array.from({ length: 10_000 }, (_, at) => zstdCompressSync(`frame ${at}\n`));
    const out = await gather(decompress([Buffer.concat(frames)]));
    expect(out.toString().split("\n")).toHaveLength(10_001);
  });

  it.runIf(has("zstd"))("reads what the zstd program writes from a pipe", async () => {
    for (const flags of [["-3"], ["--long=27", "-1"], ["-12"], ["--no-check"]]) {
      const packed = execFileSync("zstd", [...flags, "-c"], { input: LARGE, maxBuffer: 1e9 });
      expect((await gather(decompress([packed]))).equals(LARGE)).toBe(true);
    }
  });

  it("brings arbitrary content back through either compressor", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 5000 }),
        fc.integer({ min: 1, max: 600 }),
        async (bytes, size) => {
          for (const compress of [gzip, zstd]) {
            const packed = await gather(compress(cut(bytes, size)));
            expect(await gather(decompress(cut(packed, size)))).toEqual(Buffer.from(bytes));
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it.each([
    [MediaType.layerGzip, zstdCompressSync("x"), "expected gzip, found zstd"],
    [MediaType.layerZstd, gzipSync("x"), "expected zstd, found gzip"],
    [MediaType.layerGzip, Buffer.from("plain text"), "expected gzip, found something else"],
    [MediaType.layerZstd, Buffer.alloc(0), "expected zstd, found something else"],
  ])("refuses content that is not of type %s", async (mediaType, packed, message) => {
    const failure = gather(decompress([packed], { mediaType }));
    await expect(failure).rejects.toMatchObject({ code: "invalid-archive" });
    await expect(failure).rejects.toThrow(message);
  });

  it("takes plain content under Docker's layer type, which is always gzip by name", async () => {
    const out = await gather(decompress([Buffer.from("plain")], { mediaType: MediaType.dockerLayer }));
    expect(out.toString()).toBe("plain");
  });

  it("does not unpack a plain layer whose content looks compressed", async () => {
    const packed = gzipSync("x");
    expect(await gather(decompress([packed], { mediaType: MediaType.layer }))).toEqual(packed);
  });

  it.each([
    ["gzip", gzipSync(LARGE)],
    ["zstd", zstdCompressSync(LARGE)],
    ["small zstd", zstdCompressSync(LARGE.subarray(0, 60_000))],
  ])("refuses %s that is cut off or damaged", async (_name, packed) => {
    for (const length of [5, 9, packed.length >> 1, packed.length - 1]) {
      const failure = gather(decompress([packed.subarray(0, length)]));
      await expect(failure).rejects.toMatchObject({ code: "invalid-archive" });
    }
    const damaged = Buffer.from(packed);
    damaged.fill(0xff, packed.length >> 1, (packed.length >> 1) + 64);
    await expect(gather(decompress([damaged]))).rejects.toMatchObject({ code: "invalid-archive" });
  });

  it("refuses rubbish after a zstd frame", async () => {
    const packed = Buffer.concat([zstdCompressSync("x"), Buffer.from("rubbish")]);
    await expect(gather(decompress([packed]))).rejects.toThrow("expected a frame at byte");
  });

  it.each([
    ["gzip", gzipSync(Buffer.alloc(50_000_000))],
    ["zstd", zstdCompressSync(Buffer.alloc(50_000_000))],
  ])("stops a %s bomb at the limit", async (_name, packed) => {
    let size = 0;
    const read = async (): Promise<void> => {
      for await (const chunk of decompress([packed], { maxBytes: 10_000_000 })) size += chunk.byteLength;
    };
    await expect(read()).rejects.toMatchObject({ code: "too-large" });
    expect(size).toBeLessThanOrEqual(10_000_000);
  });

  it("refuses a zstd frame that asks for too much memory", async () => {
    // No content size, window of 2^41 bytes, one empty block.
    const frame = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xf8, 0x01, 0x00, 0x00]);
    await expect(gather(decompress([frame]))).rejects.toMatchObject({ code: "invalid-archive" });
  });

  it("refuses a zstd frame that is longer than it says", async () => {
    const block = Buffer.alloc(3 + 100_000);
    block.writeUIntLE(100_000 << 3, 0, 3);
    const head = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, 5]);
    const frame = Buffer.concat([head, ...Array.from({ length: 30 }, () => block)]);
    await expect(gather(decompress([frame]))).rejects.toMatchObject({ code: "invalid-archive" });
  });

  it("passes the source's own failure on", async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield gzipSync(LARGE).subarray(0, 1000);
      throw new RangeError("the source broke");
    }
    await expect(gather(decompress(broken()))).rejects.toThrow("the source broke");
  });
});

describe("a stream that is left early", () => {
  const packed = randomBytes(6_000_000);
  const cases: [string, (source: Bytes) => AsyncIterable<Uint8Array>, Buffer][] = [
    ["gzip", gzip, packed],
    ["zstd", zstd, packed],
    ["decompress of gzip", decompress, gzipSync(packed)],
    ["decompress of zstd", decompress, zstdCompressSync(packed)],
    ["decompress of nothing special", decompress, packed],
  ];
  it.each(cases)("closes its source: %s", async (_name, transform, bytes) => {
    let closed = false;
    let read = 0;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        for (const chunk of cut(bytes, 100_000)) {
          read += chunk.byteLength;
          yield chunk;
        }
      } finally {
        closed = true;
      }
    }
    let seen = 0;
    for await (const chunk of transform(source())) {
      seen += chunk.byteLength;
      if (seen > 1000) break;
    }
    expect(closed).toBe(true);
    expect(read).toBeGreaterThan(0);
  });

  it("closes its source when the content is refused at once", async () => {
    let closed = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        yield Buffer.from("plain");
      } finally {
        closed = true;
      }
    }
    const failure = gather(decompress(source(), { mediaType: MediaType.layerGzip }));
    await expect(failure).rejects.toThrow("expected gzip");
    expect(closed).toBe(true);
  });
});

describe("memory", () => {
  it("stays small while 200 MB go through gzip and back", async () => {
    const block = randomBytes(1 << 20);
    const hash = createHash("sha256");
    function* source(): Generator<Uint8Array> {
      for (let at = 0; at < 200; at++) {
        block.writeUInt32LE(at);
        hash.update(block);
        yield Buffer.from(block);
      }
    }
    // Buffers count as external. The collector comes round every 64 MB or so.
    const memory = (): number => process.memoryUsage().external;
    const before = memory();
    let most = 0;
    const back = createHash("sha256");
    for await (const chunk of decompress(gzip(source(), { level: 1 }))) {
      back.update(chunk);
      most = Math.max(most, memory() - before);
    }
    expect(back.digest("hex")).toBe(hash.digest("hex"));
    expect(most).toBeLessThan(100e6);
  }, 60_000);
});
