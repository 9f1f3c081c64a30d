import { describe, expect, it } from "vitest";
import { abortable, collect, digestOf, hashing, limited, verified } from "../index.ts";
import type { Bytes } from "../index.ts";
import { cut, gather } from "../tar/testing.ts";

const content = Buffer.from("the bytes that were tested are the bytes that ship");
const target = { digest: digestOf(content), size: content.length };

/** What came through before a stream failed, and how. */
async function attempt(source: Bytes): Promise<{ bytes: Buffer; error: unknown }> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of source) chunks.push(chunk);
  } catch (error) {
    return { bytes: Buffer.concat(chunks), error };
  }
  return { bytes: Buffer.concat(chunks), error: undefined };
}

describe("verified", () => {
  it("passes the bytes on that the descriptor names", async () => {
    for (const size of [1, 7, 1000])
      expect(await gather(verified(cut(content, size), target))).toEqual(content);
  });

  it("takes empty content", async () => {
    expect(await gather(verified([], { digest: digestOf(""), size: 0 }))).toHaveLength(0);
  });

  it("fails at the end where the bytes are others", async () => {
    const other = Buffer.from(content).fill("x", 3, 4);
    const { error } = await attempt(verified([other], target));
    expect(error).toMatchObject({
      code: "digest-mismatch",
      message: expect.stringContaining(target.digest) as string,
    });
  });

  it("fails where content ends early", async () => {
    const { error } = await attempt(verified([content.subarray(1)], target));
    expect(error).toMatchObject({ code: "size-mismatch" });
  });

  it("reads no further than the first byte too many, and does not pass it on", async () => {
    let read = 0;
    function* endless(): Generator<Uint8Array> {
      for (;;) {
        read++;
        yield Buffer.of(0);
      }
    }
    const { bytes, error } = await attempt(verified(endless(), target));
    expect(error).toMatchObject({ code: "size-mismatch" });
    expect(bytes).toHaveLength(target.size);
    expect(read).toBe(target.size + 1);
  });
});

describe("hashing", () => {
  it("knows digest and size afterwards, and says so if asked too early", async () => {
    const stream = hashing(cut(content, 9));
    expect(() => stream.digest).toThrow("after the last byte");
    expect(await gather(stream)).toEqual(content);
    expect(stream.digest).toBe(target.digest);
    expect(stream.size).toBe(target.size);
  });

  it("has no digest for content that was not read to its end", async () => {
    const stream = hashing(cut(content, 9));
    for await (const _chunk of stream) break;
    expect(() => stream.digest).toThrow("after the last byte");
  });
});

describe("limited and collect", () => {
  it("pass on what fits exactly", async () => {
    expect(await gather(limited(cut(content, 5), content.length, "thing"))).toEqual(content);
    expect(await collect(cut(content, 5), content.length)).toEqual(content);
  });

  it("stop before the chunk that goes beyond", async () => {
    const { bytes, error } = await attempt(limited(cut(content, 10), 25, "the thing"));
    expect(bytes).toHaveLength(20);
    expect(error).toMatchObject({
      code: "too-large",
      message: "the thing: longer than the limit of 25 bytes",
    });
    await expect(collect(cut(content, 10), 25, "index.json")).rejects.toThrow("index.json: longer");
  });
});

describe("abortable", () => {
  it("does not wait for a source that hangs", async () => {
    const controller = new AbortController();
    async function* hanging(): AsyncGenerator<Uint8Array> {
      yield content;
      await new Promise(() => {});
    }
    const reading = attempt(abortable(hanging(), controller.signal));
    setImmediate(() => controller.abort(new Error("Ctrl-C")));
    const { bytes, error } = await reading;
    expect(bytes).toEqual(content);
    expect(error).toMatchObject({ code: "aborted", cause: new Error("Ctrl-C") });
  });

  it("closes its source when it is left early", async () => {
    let closed = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        yield content;
        yield content;
      } finally {
        closed = true;
      }
    }
    for await (const _chunk of abortable(source(), new AbortController().signal)) break;
    expect(closed).toBe(true);
  });

  it("reads nothing after the signal has fired", async () => {
    let read = false;
    function* source(): Generator<Uint8Array> {
      read = true;
      yield content;
    }
    const { error } = await attempt(abortable(source(), AbortSignal.abort()));
    expect(error).toMatchObject({ code: "aborted" });
    expect(read).toBe(false);
  });
});
