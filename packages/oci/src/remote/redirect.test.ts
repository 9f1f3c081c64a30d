import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { digestOf, MediaType, Secret } from "../index.ts";
import { fixedCredential, remoteRepository } from "./index.ts";
import type { Descriptor } from "../index.ts";
import { redirecting } from "./redirect.ts";
import { serve, TestClock } from "./testing-server.ts";
import type { TestServer } from "./testing-server.ts";
import type { RegistryRequest, RegistryResponse, Transport } from "./transport.ts";

const bytes = Buffer.from("content");
const blob: Descriptor = { mediaType: MediaType.octets, digest: digestOf(bytes), size: bytes.length };

async function read(content: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** Sends everything that is authorised on to another server. */
function sendingTo(cdn: TestServer): Promise<TestServer> {
  return serve(({ headers }, response) => {
    if (headers.authorization === undefined) {
      response.writeHead(401, { "www-authenticate": "Basic" }).end();
    } else response.writeHead(307, { location: `http://${cdn.host}/store/blob?signature=s` }).end();
  });
}

const credentials = fixedCredential({ kind: "basic", username: "ada", password: new Secret("pw") });

describe("a redirect to another host", () => {
  it("is followed without the credentials", async () => {
    await using cdn = await serve((_, response) => void response.end(bytes));
    await using server = await sendingTo(cdn);
    const store = remoteRepository({ registry: server.host, repository: "a" }, { credentials });
    expect(await read(await store.open(blob))).toBe("content");
    expect(server.seen[1]!.headers.authorization).toMatch(/^Basic /);
    expect(cdn.seen[0]!.headers.authorization).toBeUndefined();
    expect(cdn.lines()).toEqual(["GET /store/blob"]);
  });

  it("leads to no credentials when that host asks for some", async () => {
    await using cdn = await serve((_, response) => {
      response.writeHead(401, { "www-authenticate": 'Basic realm="give me"' }).end();
    });
    await using server = await sendingTo(cdn);
    const store = remoteRepository({ registry: server.host, repository: "a" }, { credentials });
    await expect(store.open(blob)).rejects.toMatchObject({ code: "unauthorized" });
    expect(cdn.seen).toHaveLength(1);
  });

  it("is resumed by way of the registry when the download breaks", async () => {
    let answers = 0;
    await using cdn = await serve((_, response) => {
      answers += 1;
      if (answers > 1) {
        {
          response.writeHead(206, { "content-range": "bytes 3-6/7" }).end(bytes.subarray(3));
          return;
        }
      }
      response.writeHead(200, { "content-length": "7" });
      response.write(bytes.subarray(0, 3), () => setTimeout(() => response.destroy(), 20));
    });
    await using server = await sendingTo(cdn);
    const store = remoteRepository(
      { registry: server.host, repository: "a" },
      { credentials, clock: new TestClock() },
    );
    expect(await read(await store.open(blob))).toBe("content");
    expect(cdn.seen.map(({ headers }) => headers.range)).toEqual([undefined, "bytes=3-"]);
  });
});

/** Answers by address; what is not listed is 200. */
function scripted(
  table: Readonly<Record<string, readonly [number, string?]>>,
): Transport & { asked: RegistryRequest[] } {
  const asked: RegistryRequest[] = [];
  return {
    asked,
    send(request): Promise<RegistryResponse> {
      asked.push(request);
      const [status, location] = table[request.url.href] ?? [200];
      const headers = location === undefined ? {} : { location };
      return Promise.resolve({ status, headers, url: request.url, body: Readable.from([]) });
    },
  };
}

const noPlainHttp = { plainHttpAllowed: () => false };
const get = (href: string): RegistryRequest => ({
  method: "GET",
  url: new URL(href),
  headers: { authorization: "Bearer t", accept: "x" },
});

describe("redirecting", () => {
  it.each([
    ["https://a.example/1", "http://a.example/2", "leaves TLS"],
    ["https://a.example/1", "http://127.0.0.1/2", "leaves TLS"],
    ["http://a.example/1", "http://b.example/2", "plain HTTP is not allowed there"],
    ["https://a.example/1", "ftp://b.example/2", "expected https"],
    ["https://a.example/1", "file:///etc/passwd", "expected https"],
    ["https://a.example/1", "https://u:p@b.example/2", "carries credentials"],
    ["https://a.example/1", undefined, "without a valid location"],
  ])("refuses to go from %s to %s", async (from, to, why) => {
    const transport = redirecting(scripted({ [from]: to === undefined ? [302] : [302, to] }), noPlainHttp);
    await expect(transport.send(get(from))).rejects.toMatchObject({
      code: "registry",
      message: expect.stringContaining(why) as string,
    });
  });

  it("keeps the credentials on the same origin, and does not take them up again on the way back", async () => {
    const inner = scripted({
      "https://a.example/1": [307, "/2"],
      "https://a.example/2": [307, "https://b.example/3"],
      "https://b.example/3": [307, "https://a.example/4"],
    });
    const response = await redirecting(inner, noPlainHttp).send(get("https://a.example/1"));
    expect(response.url.href).toBe("https://a.example/4");
    expect(inner.asked.map(({ headers }) => headers)).toEqual([
      { authorization: "Bearer t", accept: "x" },
      { authorization: "Bearer t", accept: "x" },
      { accept: "x" },
      { accept: "x" },
    ]);
  });

  it("takes another port for another origin", async () => {
    const inner = scripted({ "https://a.example/1": [307, "https://a.example:8443/2"] });
    await redirecting(inner, noPlainHttp).send(get("https://a.example/1"));
    expect(inner.asked[1]!.headers).toEqual({ accept: "x" });
  });

  it("ends a circle", async () => {
    const inner = scripted({ "https://a.example/1": [307, "https://a.example/1"] });
    await expect(redirecting(inner, noPlainHttp).send(get("https://a.example/1"))).rejects.toThrow(
      "more than 5 redirects",
    );
    expect(inner.asked).toHaveLength(6);
  });

  it.each([301, 302, 303])("does not repeat a PUT after %i", async (status) => {
    const inner = scripted({ "https://a.example/1": [status, "https://a.example/2"] });
    const put = { ...get("https://a.example/1"), method: "PUT" as const };
    await expect(redirecting(inner, noPlainHttp).send(put)).rejects.toThrow("only 307 and 308 repeat a PUT");
  });
});
