import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { compressionOf, decompress } from "./decompress.ts";
import type { Compression } from "./decompress.ts";

// Made by xz and zstd: neither can be made here.
const XZ = "/Td6WFoAAATm1rRGAgAhARwAAAAQz1jMAQANaGVsbG8gZnJvbSB4egoAAABb+Ybd5id65gABJg4IG+AEH7bzfQEAAAAABFla";
const ZST = "KLUv/QRogQAAaGVsbG8gZnJvbSB6c3RkCmJbaVo=";

const SAMPLES: readonly (readonly [Compression, Buffer, string])[] = [
  ["none", Buffer.from("hello\n"), "hello\n"],
  ["gz", gzipSync("hello from gz\n"), "hello from gz\n"],
  ["xz", Buffer.from(XZ, "base64"), "hello from xz\n"],
  ["zst", Buffer.from(ZST, "base64"), "hello from zstd\n"],
];

async function* pieces(bytes: Buffer, length: number, after?: () => void): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
  after?.();
}

async function text(
  source: AsyncIterable<Uint8Array>,
  compression: Compression,
  maxBytes = 1000,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of decompress(source, compression, { maxBytes, where: "x" })) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe("decompression", () => {
  it.each(SAMPLES)("reads %s whatever the size of the pieces", async (compression, bytes, expected) => {
    for (const length of [1, 7, 1000]) expect(await text(pieces(bytes, length), compression)).toBe(expected);
  });

  it.each(SAMPLES)("refuses more %s output than allowed", async (compression, bytes) => {
    await expect(text(pieces(bytes, 10), compression, 5)).rejects.toMatchObject({ code: "too-large" });
  });

  it.each(SAMPLES.slice(1))("refuses %s that ends early", async (compression, bytes) => {
    await expect(text(pieces(bytes.subarray(0, -3), 10), compression)).rejects.toMatchObject({
      code: "invalid-package",
    });
  });

  it.each(SAMPLES)(
    "reads the source of %s to its end and passes its error on",
    async (compression, bytes) => {
      const verdict = new Error("wrong hash");
      const source = pieces(bytes, 10, () => {
        throw verdict;
      });
      await expect(text(source, compression)).rejects.toBe(verdict);
    },
  );

  it.each(SAMPLES.slice(1))(
    "tells the error of the source rather than that %s cannot be decoded",
    async (compression) => {
      const verdict = new Error("wrong hash");
      const source = pieces(Buffer.alloc(5000, 1), 10, () => {
        throw verdict;
      });
      await expect(text(source, compression)).rejects.toBe(verdict);
    },
  );

  it("takes the compression from the ending of a name", () => {
    expect(["data.tar", "data.tar.gz", "Packages.xz", "data.tar.zst", "a.bz2"].map(compressionOf)).toEqual([
      "none",
      "gz",
      "xz",
      "zst",
      "none",
    ]);
  });
});
