import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { digestOf, hashing, MediaType, reopenable } from "../index.ts";
import { remoteRepository } from "./index.ts";
import type { Bytes, Descriptor, Repository } from "../index.ts";
import type { RemoteOptions } from "./index.ts";
import { isReopenable } from "./reopenable.ts";
import { serve, TestClock } from "./testing-server.ts";
import type { Answer, TestServer } from "./testing-server.ts";

const small = Buffer.from("content");
const large = randomBytes(20 * 1024 * 1024);

function targetOf(bytes: Buffer): Descriptor {
  return { mediaType: MediaType.octets, digest: digestOf(bytes), size: bytes.length };
}

async function* once(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 1_000_000) yield bytes.subarray(at, at + 1_000_000);
}

/** Uploads as the specification has them; `trouble` may answer a request in another way. */
async function uploadServer(trouble: (line: string, count: number) => Answer | undefined = () => undefined) {
  const uploads = new Map<string, Buffer>();
  const blobs = new Map<string, Buffer>();
  const counts = new Map<string, number>();
  let next = 0;
  const server = await serve((request, response, incoming) => {
    const url = new URL(request.url, "http://x");
    const line = `${request.method} ${url.pathname.replace(/^\/v2\/a\/blobs\//, "").replace(/[^/]*$/, "")}`;
    counts.set(line, (counts.get(line) ?? 0) + 1);
    const id = url.pathname.split("/").at(-1)!;
    const trial = trouble(line, counts.get(line)!);
    if (trial !== undefined) return trial(request, response, incoming);
    switch (line) {
      case "HEAD ": {
        response.writeHead(blobs.has(id) ? 200 : 404).end();
        return;
      }
      case "POST uploads/": {
        const name = String(next++);
        uploads.set(name, Buffer.alloc(0));
        {
          response.writeHead(202, { location: `/v2/a/blobs/uploads/${name}?state=a%2Fb+c` }).end();
          return;
        }
      }
      default:
    }
    const held = uploads.get(id);
    if (held === undefined) {
      response.writeHead(404).end();
      return;
    }
    const first = Number(request.headers["content-range"]?.split("-")[0] ?? held.length);
    const there = (size: number) => ({ location: `${id}?part=${size}`, range: `0-${Math.max(0, size - 1)}` });
    if (first !== held.length) {
      response.writeHead(416, there(held.length)).end();
      return;
    }
    const grown = Buffer.concat([held, request.body]);
    uploads.set(id, grown);
    if (request.method === "GET") {
      response.writeHead(204, there(held.length)).end();
      return;
    }
    if (request.method === "PATCH") {
      response.writeHead(202, there(grown.length)).end();
      return;
    }
    const digest = url.searchParams.get("digest")!;
    if (digestOf(grown) !== digest) {
      response.writeHead(400).end();
      return;
    }
    blobs.set(digest, grown);
    response.writeHead(201, { "docker-content-digest": digest }).end();
  });
  return { server, blobs, uploads };
}

function open(server: TestServer, options: RemoteOptions = {}): Repository {
  return remoteRepository({ registry: server.host, repository: "a" }, { clock: new TestClock(), ...options });
}

const reset: Answer = (_, response) => void response.destroy();
const status =
  (code: number): Answer =>
  (_, response) =>
    void response.writeHead(code).end();

describe("put of a blob", () => {
  it("is one streamed request for content that can be read again", async () => {
    const { server, blobs } = await uploadServer();
    await using _ = server;
    await open(server).put(
      targetOf(large),
      reopenable(() => once(large)),
    );
    expect(blobs.get(digestOf(large))?.equals(large)).toBe(true);
    expect(server.lines().map((line) => line.split(" ")[0])).toEqual(["HEAD", "POST", "PUT"]);
    expect(server.seen[2]!.headers["content-length"]).toBe(String(large.length));
    expect(server.seen[2]!.headers["transfer-encoding"]).toBeUndefined();
  });

  it("keeps what the registry put into the location, to the letter", async () => {
    const { server } = await uploadServer();
    await using _ = server;
    await open(server).put(targetOf(small), [small]);
    expect(server.seen.at(-1)!.url).toBe(
      `/v2/a/blobs/uploads/0?state=a%2Fb+c&digest=${encodeURIComponent(digestOf(small))}`,
    );
  });

  it.each([
    ["a reset", reset],
    ["503", status(503)],
    ["a session that has expired", status(404)],
  ])("is sent again from its first byte after %s", async (_name, answer) => {
    const { server, blobs } = await uploadServer((line, count) =>
      line.startsWith("PUT") && count === 1 ? answer : undefined,
    );
    await using _ = server;
    let readings = 0;
    const content = reopenable(() => {
      readings += 1;
      return once(large);
    });
    await open(server).put(targetOf(large), content);
    expect(blobs.get(digestOf(large))?.equals(large)).toBe(true);
    expect(readings).toBe(2);
    expect(server.lines().map((line) => line.split(" ")[0])).toEqual([
      "HEAD",
      "POST",
      "PUT",
      "HEAD",
      "POST",
      "PUT",
    ]);
  });

  it("is over where only the answer was lost", async () => {
    const { server, blobs } = await uploadServer((line, count) => {
      if (!line.startsWith("PUT") || count > 1) return undefined;
      return (request, response) => {
        blobs.set(digestOf(request.body), request.body);
        response.destroy();
      };
    });
    await using _ = server;
    await open(server).put(targetOf(small), [small]);
    expect(server.lines().filter((line) => line.startsWith("PUT"))).toHaveLength(1);
  });

  it("holds small content of a stream, so that it can be sent again", async () => {
    const { server, blobs } = await uploadServer((line, count) =>
      line.startsWith("PUT") && count === 1 ? status(500) : undefined,
    );
    await using _ = server;
    await open(server).put(targetOf(small), Readable.from([small]));
    expect(blobs.has(digestOf(small))).toBe(true);
  });

  it("takes an empty blob", async () => {
    const { server, blobs } = await uploadServer();
    await using _ = server;
    await open(server).put(targetOf(Buffer.alloc(0)), []);
    expect(blobs.get(digestOf(""))).toHaveLength(0);
  });

  it("gives up with the registry's error where trying again is no help", async () => {
    const { server } = await uploadServer((line) => (line.startsWith("PUT") ? status(400) : undefined));
    await using _ = server;
    await expect(open(server).put(targetOf(small), [small])).rejects.toMatchObject({
      code: "registry",
      message: `PUT ${server.host}/v2/a/blobs/uploads/0: 400`,
    });
  });

  it("fails where the registry says it stored something else", async () => {
    const { server } = await uploadServer((line) =>
      line.startsWith("PUT")
        ? (_, response) => void response.writeHead(201, { "docker-content-digest": digestOf("other") }).end()
        : undefined,
    );
    await using _ = server;
    await expect(open(server).put(targetOf(small), [small])).rejects.toMatchObject({
      code: "digest-mismatch",
    });
  });

  it.each([
    ["http://elsewhere.example/upload", "which is not TLS"],
    [undefined, "found none"],
  ])("refuses to send content to %s", async (location, why) => {
    const { server } = await uploadServer((line) =>
      line.startsWith("POST")
        ? (_, response) => void response.writeHead(202, location === undefined ? {} : { location }).end()
        : undefined,
    );
    await using _ = server;
    await expect(open(server).put(targetOf(small), [small])).rejects.toThrow(why);
  });
});

describe("put of a large stream that is spent after one reading", () => {
  const chunks = (server: TestServer) =>
    server.seen.filter(({ method }) => method === "PATCH").map(({ headers }) => headers["content-range"]);

  it("sends chunks", async () => {
    const { server, blobs } = await uploadServer();
    await using _ = server;
    await open(server).put(targetOf(large), once(large));
    expect(blobs.get(digestOf(large))?.equals(large)).toBe(true);
    expect(chunks(server)).toEqual(["0-8388607", "8388608-16777215", "16777216-20971519"]);
  });

  it("sends a chunk again that did not arrive", async () => {
    const { server, blobs } = await uploadServer((line, count) =>
      line.startsWith("PATCH") && count === 2 ? reset : undefined,
    );
    await using _ = server;
    await open(server).put(targetOf(large), once(large));
    expect(blobs.get(digestOf(large))?.equals(large)).toBe(true);
    expect(chunks(server)).toEqual([
      "0-8388607",
      "8388608-16777215",
      "8388608-16777215",
      "16777216-20971519",
    ]);
  });

  it("sends the rest of a chunk that arrived in part", async () => {
    const { server, blobs, uploads } = await uploadServer((line, count) => {
      if (!line.startsWith("PATCH") || count !== 2) return undefined;
      return (request, response) => {
        uploads.set("0", Buffer.concat([uploads.get("0")!, request.body.subarray(0, 1000)]));
        response.destroy();
      };
    });
    await using _ = server;
    await open(server).put(targetOf(large), once(large));
    expect(blobs.get(digestOf(large))?.equals(large)).toBe(true);
    expect(chunks(server)[2]).toBe("8389608-16777215");
  });

  it("fails, and says so, where the registry has forgotten the upload", async () => {
    const { server, uploads } = await uploadServer((line, count) => {
      if (!line.startsWith("PATCH") || count !== 2) return undefined;
      return (_, response) => {
        uploads.clear();
        response.destroy();
      };
    });
    await using _ = server;
    await expect(open(server).put(targetOf(large), once(large))).rejects.toMatchObject({
      code: "registry",
      retryable: true,
      message: expect.stringContaining("has forgotten the upload") as string,
    });
  });

  it("sends no last byte of content that turns out wrong", async () => {
    const { server, blobs } = await uploadServer();
    await using _ = server;
    const wrong = { ...targetOf(large), digest: digestOf("other") };
    await expect(open(server).put(wrong, once(large))).rejects.toMatchObject({ code: "digest-mismatch" });
    const received = server.seen.filter(({ method }) => method === "PATCH");
    expect(received.reduce((sum, { body }) => sum + body.length, 0)).toBeLessThan(large.length);
    expect(blobs.size).toBe(0);
  });
});

describe("put with repositories to mount from", () => {
  const target = targetOf(small);

  it("sends no byte where the registry takes the blob from one of them", async () => {
    const { server } = await uploadServer((line, count) =>
      line.startsWith("POST") && count === 2 ? status(201) : undefined,
    );
    await using _ = server;
    await open(server, { mountFrom: ["base/one", "base/two"] }).put(target, [small]);
    const posts = server.seen.filter(({ method }) => method === "POST");
    expect(posts.map(({ url }) => new URL(url, "http://x").searchParams.get("from"))).toEqual([
      "base/one",
      "base/two",
    ]);
    expect(new URL(posts[0]!.url, "http://x").searchParams.get("mount")).toBe(target.digest);
    expect(server.lines().some((line) => line.startsWith("PUT"))).toBe(false);
  });

  it("goes on with the upload the registry opened instead", async () => {
    const { server, blobs } = await uploadServer();
    await using _ = server;
    await open(server, { mountFrom: ["base"] }).put(target, [small]);
    expect(blobs.has(target.digest)).toBe(true);
    expect(server.lines().filter((line) => line.startsWith("POST"))).toHaveLength(1);
  });
});

describe("isReopenable", () => {
  const cases: readonly (readonly [string, Bytes, boolean])[] = [
    ["a list of chunks", [small], true],
    ["reopenable content", reopenable(() => once(small)), true],
    ["a set of chunks", new Set([small]), true],
    ["a generator", once(small), false],
    ["a Node stream", Readable.from([small]), false],
    ["a web stream", new Blob([small]).stream(), false],
    ["a hashing stream", hashing([small]), false],
    ["an iterator over chunks", [small][Symbol.iterator](), false],
  ];
  it.each(cases)("knows %s", (_, content, expected) => {
    expect(isReopenable(content)).toBe(expected);
  });
});
