import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { digestOf, MediaType } from "../index.ts";
import { remoteRepository } from "./index.ts";
import type { Descriptor } from "../index.ts";
import { serve, TestClock } from "./testing-server.ts";
import type { Answer, TestServer } from "./testing-server.ts";

const bytes = randomBytes(3_000_000);
const blob: Descriptor = { mediaType: MediaType.octets, digest: digestOf(bytes), size: bytes.length };

async function read(server: TestServer, target = blob, clock = new TestClock()): Promise<Buffer> {
  const store = remoteRepository({ registry: server.host, repository: "a" }, { clock });
  const chunks: Uint8Array[] = [];
  for await (const chunk of await store.open(target)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function startOf(range: string | undefined): number {
  return Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);
}

/** Gives `piece` bytes per connection and then breaks it. */
function breaking(content: Buffer, piece: number, { ranges = true } = {}): Answer {
  return ({ headers }, response) => {
    const start = ranges ? startOf(headers.range) : 0;
    const rest = content.subarray(start);
    const range = `bytes ${start}-${content.length - 1}/${content.length}`;
    response.writeHead(start > 0 ? 206 : 200, {
      "content-length": String(rest.length),
      ...(start > 0 ? { "content-range": range } : {}),
    });
    if (rest.length <= piece) {
      response.end(rest);
      return;
    }
    response.write(rest.subarray(0, piece), () => setTimeout(() => response.destroy(), 10));
  };
}

describe("a download that breaks", () => {
  it("goes on where it broke, as often as there is progress", async () => {
    // Eight connections, where five attempts without progress are the limit; progress is a megabyte.
    await using server = await serve(breaking(bytes, 1_200_000));
    const clock = new TestClock();
    expect((await read(server, blob, clock)).equals(bytes)).toBe(true);
    const starts = server.seen.map(({ headers }) => startOf(headers.range));
    expect(starts[0]).toBe(0);
    expect(starts).toHaveLength(3);
    expect(starts).toEqual([...starts].sort((a, b) => a - b));
    expect(clock.slept).toEqual([250, 250]);
  });

  it("starts over, and skips what it had, where the registry knows no ranges", async () => {
    let connections = 0;
    await using server = await serve((...exchange) => {
      connections += 1;
      breaking(bytes, connections === 1 ? 1_000_000 : bytes.length, { ranges: false })(...exchange);
    });
    expect((await read(server)).equals(bytes)).toBe(true);
    expect(server.seen).toHaveLength(2);
  });

  it("is given up where each connection brings next to nothing", async () => {
    await using server = await serve(breaking(bytes, 10));
    await expect(read(server)).rejects.toMatchObject({ code: "network", retryable: true });
    expect(server.seen).toHaveLength(5);
  });

  it("is refused where the registry goes on at another byte", async () => {
    await using server = await serve(({ headers }, response) => {
      if (headers.range === undefined) {
        response.writeHead(200, { "content-length": String(bytes.length) });
        response.write(bytes.subarray(0, 1000), () => setTimeout(() => response.destroy(), 10));
      } else response.writeHead(206, { "content-range": `bytes 5-9/${bytes.length}` }).end("wrong");
    });
    await expect(read(server)).rejects.toMatchObject({
      code: "registry",
      message: expect.stringContaining("expected a range from byte 1000") as string,
    });
  });

  it("is taken up again where the body ends early without an error", async () => {
    let answers = 0;
    await using server = await serve(({ headers }, response) => {
      answers += 1;
      const start = startOf(headers.range);
      // Chunked, so the end looks like one.
      if (answers === 1) {
        response.writeHead(200).end(bytes.subarray(0, 1000));
        return;
      }
      response.writeHead(206, { "content-range": `bytes ${start}-9/10` }).end(bytes.subarray(start));
    });
    expect((await read(server)).equals(bytes)).toBe(true);
  });
});

describe("a download", () => {
  it("fails on wrong bytes before its end", async () => {
    const wrong = Buffer.from(bytes);
    wrong[2_000_000]! ^= 1;
    await using server = await serve((_, response) => void response.end(wrong));
    await expect(read(server)).rejects.toMatchObject({ code: "digest-mismatch" });
    expect(server.seen).toHaveLength(1);
  });

  it("fails before its first byte where the announced length is another", async () => {
    await using server = await serve((_, response) => void response.end("short"));
    await expect(read(server)).rejects.toMatchObject({
      code: "size-mismatch",
      message: `GET ${server.host}/v2/a/blobs/${blob.digest}: expected 3000000 bytes, found 5`,
    });
  });

  it("fails where more comes than there should be, without reading on", async () => {
    const small = { ...blob, digest: digestOf("x"), size: 1 };
    await using server = await serve((_, response) => {
      response.writeHead(200);
      const more = setInterval(() => response.write("xxxxxxxx"), 1);
      response.on("close", () => clearInterval(more));
    });
    await expect(read(server, small)).rejects.toMatchObject({ code: "size-mismatch" });
  });

  it("takes the bytes as they are, whatever content encoding is claimed", async () => {
    await using server = await serve((_, response) => {
      response.writeHead(200, { "content-encoding": "gzip" }).end(bytes);
    });
    expect((await read(server)).equals(bytes)).toBe(true);
    expect(server.seen[0]!.headers["accept-encoding"]).toBe("identity");
  });

  it("ends its connection when the reader stops", async () => {
    const closed = Promise.withResolvers<void>();
    await using server = await serve((_, response) => {
      response.on("close", () => closed.resolve());
      response.writeHead(200, { "content-length": String(bytes.length) }).write(bytes.subarray(0, 100));
    });
    const store = remoteRepository({ registry: server.host, repository: "a" });
    for await (const chunk of await store.open(blob)) {
      expect(chunk.length).toBe(100);
      break;
    }
    await closed.promise;
  });

  it("stops when the signal fires while no byte comes", async () => {
    await using server = await serve((_, response) => {
      response.writeHead(200, { "content-length": String(bytes.length) }).write(bytes.subarray(0, 100));
    });
    const controller = new AbortController();
    const store = remoteRepository({ registry: server.host, repository: "a" }, { signal: controller.signal });
    const content = await store.open(blob);
    const reading = (async () => {
      for await (const chunk of content) if (chunk.length > 0) controller.abort();
    })();
    await expect(reading).rejects.toMatchObject({ code: "aborted" });
  });
});
