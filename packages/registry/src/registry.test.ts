import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestOf, MediaType, openLayout } from "@seaworthy/oci";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serveRegistry } from "./index.ts";
import type { AccessEntry, RunningRegistry } from "./index.ts";
import { memoryRegistryStore } from "./testing-store.ts";

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

interface Question {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** The path goes out as it is, which no tidier client would do. */
function ask(
  port: number,
  path: string,
  { method = "GET", headers = {}, body }: Question = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const out = httpRequest({ host: "127.0.0.1", port, path, method, headers, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("end", () => {
        resolve({
          status: answer.statusCode!,
          headers: answer.headers,
          body: Buffer.concat(chunks).toString(),
        });
      });
    });
    out.on("error", reject);
    out.end(body);
  });
}

const Before = { Request: globalThis.Request, Response: globalThis.Response };
const blob = Buffer.from("0123456789");
const digest = digestOf(blob);
const emptyConfig = Buffer.from("{}");
const image = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    mediaType: MediaType.manifest,
    config: { mediaType: MediaType.empty, digest: digestOf(emptyConfig), size: 2 },
    layers: [{ mediaType: MediaType.octets, digest, size: blob.length }],
  }),
);
const imageDigest = digestOf(image);
const absent = digestOf("absent");

let dir: string;
let registry: RunningRegistry;
const log: AccessEntry[] = [];
let clock = Date.now();

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "seaworthy-"));
  registry = await serveRegistry({
    store: await openLayout(join(dir, "layout")),
    uploads: join(dir, "layout", "uploads"),
    limits: { blob: 4_000_000, sessions: 6 },
    logger: (entry) => log.push(entry),
    now: () => clock,
  });
  await push("acme/app", blob);
  await push("acme/app", emptyConfig);
  for (const tag of ["v1", "v2", "v3"]) await putManifest("acme/app", tag, image);
});
afterAll(async () => {
  await registry.close();
  await rm(dir, { recursive: true });
});

const call = (path: string, question?: Question): Promise<Answer> => ask(registry.port, path, question);

async function push(name: string, content: Buffer): Promise<void> {
  const { status } = await call(`/v2/${name}/blobs/uploads/?digest=${digestOf(content)}`, {
    method: "POST",
    body: content,
  });
  expect(status).toBe(201);
}

function putManifest(
  name: string,
  reference: string,
  bytes: Buffer,
  type: string = MediaType.manifest,
): Promise<Answer> {
  return call(`/v2/${name}/manifests/${reference}`, {
    method: "PUT",
    headers: { "content-type": type },
    body: bytes,
  });
}

async function startUpload(name = "acme/app"): Promise<string> {
  const { status, headers } = await call(`/v2/${name}/blobs/uploads/`, { method: "POST" });
  expect(status).toBe(202);
  return String(headers["location"]);
}

function codeOf({ body }: Answer): string | undefined {
  return (JSON.parse(body) as { errors: { code: string }[] }).errors[0]?.code;
}

describe("reading", () => {
  const v2 = "/v2/acme/app";
  interface Row {
    readonly does: string;
    readonly path: string;
    readonly question?: Question;
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
    readonly code?: string;
  }
  const rows: readonly Row[] = [
    {
      does: "says what it is",
      path: "/v2/",
      status: 200,
      body: "{}",
      headers: { "docker-distribution-api-version": "registry/2.0" },
    },
    { does: "says what it is without the slash too", path: "/v2", status: 200 },
    {
      does: "gives a blob",
      path: `${v2}/blobs/${digest}`,
      status: 200,
      body: "0123456789",
      headers: { "docker-content-digest": digest, "content-length": "10", "content-type": MediaType.octets },
    },
    {
      does: "describes a blob",
      path: `${v2}/blobs/${digest}`,
      question: { method: "HEAD" },
      status: 200,
      body: "",
      headers: { "content-length": "10", "docker-content-digest": digest, "accept-ranges": "bytes" },
    },
    {
      does: "gives a range",
      path: `${v2}/blobs/${digest}`,
      question: { headers: { range: "bytes=2-4" } },
      status: 206,
      body: "234",
      headers: { "content-range": "bytes 2-4/10", "content-length": "3" },
    },
    {
      does: "gives a range to the end",
      path: `${v2}/blobs/${digest}`,
      question: { headers: { range: "bytes=7-" } },
      status: 206,
      body: "789",
    },
    {
      does: "gives a range from the end",
      path: `${v2}/blobs/${digest}`,
      question: { headers: { range: "bytes=-3" } },
      status: 206,
      body: "789",
    },
    {
      does: "cuts a range that goes beyond",
      path: `${v2}/blobs/${digest}`,
      question: { headers: { range: "bytes=8-99" } },
      status: 206,
      body: "89",
    },
    {
      does: "refuses a range outside",
      path: `${v2}/blobs/${digest}`,
      question: { headers: { range: "bytes=10-" } },
      status: 416,
      headers: { "content-range": "bytes */10" },
    },
    {
      does: "gives the whole for several ranges",
      path: `${v2}/blobs/${digest}`,
      question: { headers: { range: "bytes=0-1,3-4" } },
      status: 200,
      body: "0123456789",
    },
    { does: "knows no other blob", path: `${v2}/blobs/${absent}`, status: 404, code: "BLOB_UNKNOWN" },
    {
      does: "describes no other blob",
      path: `${v2}/blobs/${absent}`,
      question: { method: "HEAD" },
      status: 404,
    },
    {
      does: "refuses a digest that is none",
      path: `${v2}/blobs/sha256:xyz`,
      status: 400,
      code: "DIGEST_INVALID",
    },
    {
      does: "gives a manifest by tag",
      path: `${v2}/manifests/v1`,
      status: 200,
      body: image.toString(),
      headers: {
        "content-type": MediaType.manifest,
        "docker-content-digest": imageDigest,
        etag: `"${imageDigest}"`,
      },
    },
    {
      does: "gives a manifest by digest",
      path: `${v2}/manifests/${imageDigest}`,
      status: 200,
      body: image.toString(),
    },
    {
      does: "describes a manifest",
      path: `${v2}/manifests/v1`,
      question: { method: "HEAD" },
      status: 200,
      body: "",
      headers: {
        "content-length": String(image.length),
        "docker-content-digest": imageDigest,
        "content-type": MediaType.manifest,
      },
    },
    {
      does: "gives a manifest to who accepts anything",
      path: `${v2}/manifests/v1`,
      question: { headers: { accept: "text/html, */*;q=0.1" } },
      status: 200,
    },
    {
      does: "gives a manifest to who accepts it among others",
      path: `${v2}/manifests/v1`,
      question: { headers: { accept: `${MediaType.index}, ${MediaType.manifest}` } },
      status: 200,
    },
    {
      does: "gives no manifest to who cannot read it",
      path: `${v2}/manifests/v1`,
      question: { headers: { accept: MediaType.dockerManifest } },
      status: 404,
      code: "MANIFEST_UNKNOWN",
    },
    {
      does: "saves who has the manifest the transfer",
      path: `${v2}/manifests/v1`,
      question: { headers: { "if-none-match": `"${imageDigest}"` } },
      status: 304,
      body: "",
    },
    { does: "knows no other tag", path: `${v2}/manifests/v9`, status: 404, code: "MANIFEST_UNKNOWN" },
    {
      does: "knows no other digest",
      path: `${v2}/manifests/${absent}`,
      status: 404,
      code: "MANIFEST_UNKNOWN",
    },
    { does: "refuses a tag that is none", path: `${v2}/manifests/-x`, status: 400, code: "TAG_INVALID" },
    {
      does: "refuses another algorithm",
      path: `${v2}/manifests/sha512:00`,
      status: 400,
      code: "DIGEST_INVALID",
    },
    {
      does: "lists tags",
      path: `${v2}/tags/list`,
      status: 200,
      body: '{"name":"acme/app","tags":["v1","v2","v3"]}',
    },
    {
      does: "lists some tags and says where to go on",
      path: `${v2}/tags/list?n=2`,
      status: 200,
      body: '{"name":"acme/app","tags":["v1","v2"]}',
      headers: { link: '</v2/acme/app/tags/list?n=2&last=v2>; rel="next"' },
    },
    {
      does: "lists the tags after one",
      path: `${v2}/tags/list?n=2&last=v2`,
      status: 200,
      body: '{"name":"acme/app","tags":["v3"]}',
    },
    {
      does: "lists no tags where none are wanted",
      path: `${v2}/tags/list?n=0`,
      status: 200,
      body: '{"name":"acme/app","tags":[]}',
    },
    { does: "refuses a count that is none", path: `${v2}/tags/list?n=x`, status: 400 },
    {
      does: "knows no tags of what is not there",
      path: "/v2/acme/other/tags/list",
      status: 404,
      code: "NAME_UNKNOWN",
    },
    { does: "lists repositories", path: "/v2/_catalog", status: 200, body: '{"repositories":["acme/app"]}' },
    {
      does: "lists no referrers",
      path: `${v2}/referrers/${absent}`,
      status: 200,
      headers: { "content-type": MediaType.index },
    },
    {
      does: "refuses referrers of what is no digest",
      path: `${v2}/referrers/v1`,
      status: 400,
      code: "DIGEST_INVALID",
    },
    {
      does: "refuses a name with upper case",
      path: "/v2/Acme/app/tags/list",
      status: 400,
      code: "NAME_INVALID",
    },
    { does: "refuses a name that climbs", path: "/v2/../../etc/tags/list", status: 404 },
    { does: "refuses a name that climbs in disguise", path: "/v2/%2e%2e/%2e%2e/blobs/sha256:1", status: 404 },
    {
      does: "refuses a name with an encoded slash that climbs",
      path: "/v2/a%2f..%2f..%2fb/tags/list",
      status: 400,
      code: "NAME_INVALID",
    },
    { does: "refuses a name with a NUL", path: "/v2/a%00b/tags/list", status: 400, code: "NAME_INVALID" },
    {
      does: "refuses a name that is too long",
      path: `/v2/${"a/".repeat(200)}a/tags/list`,
      status: 400,
      code: "NAME_INVALID",
    },
    { does: "knows no other place", path: "/v2/acme/app/else", status: 404 },
    { does: "knows no place outside", path: "/etc/passwd", status: 404 },
  ];
  it.for(rows)("$does", async ({ path, question, status, headers = {}, body, code }) => {
    const answer = await call(path, question);
    expect(answer.status).toBe(status);
    expect(answer.headers).toMatchObject(headers);
    expect(body ?? answer.body).toBe(answer.body);
    expect(code === undefined ? undefined : codeOf(answer)).toBe(code);
  });
});

describe("uploads", () => {
  it("go in one request", async () => {
    const content = Buffer.from("in one request");
    const target = digestOf(content);
    const answer = await call(`/v2/acme/app/blobs/uploads/?digest=${target}`, {
      method: "POST",
      body: content,
    });
    expect(answer).toMatchObject({
      status: 201,
      headers: { location: `/v2/acme/app/blobs/${target}`, "docker-content-digest": target },
    });
  });

  it("go in two requests", async () => {
    const content = Buffer.from("in two requests");
    const place = await startUpload();
    const answer = await call(`${place}?digest=${digestOf(content)}`, { method: "PUT", body: content });
    expect(answer.status).toBe(201);
    expect((await call(`/v2/acme/app/blobs/${digestOf(content)}`)).body).toBe("in two requests");
    expect((await call(place)).status).toBe(404);
  });

  it("go in chunks, each in its place", async () => {
    const place = await startUpload();
    const patch = (range: string, body: string) =>
      call(place, { method: "PATCH", headers: { "content-range": range }, body });
    expect(await call(place)).toMatchObject({ status: 204, headers: { range: "0-0" } });
    expect(await patch("0-4", "hello")).toMatchObject({
      status: 202,
      headers: { range: "0-4", location: place },
    });
    expect(await call(place)).toMatchObject({ status: 204, headers: { range: "0-4" } });
    expect(await patch("6-10", "world")).toMatchObject({ status: 416, headers: { range: "0-4" } });
    expect(await patch("0-4", "hello")).toMatchObject({ status: 416 });
    expect(await patch("5-9", "too long")).toMatchObject({ status: 416 });
    expect(await patch("nonsense", "x")).toMatchObject({ status: 416 });
    expect(await patch("5-9", " worl")).toMatchObject({ status: 202, headers: { range: "0-9" } });
    const target = digestOf("hello world");
    expect((await call(`${place}?digest=${target}`, { method: "PUT", body: "d" })).status).toBe(201);
    expect((await call(`/v2/acme/app/blobs/${target}`)).body).toBe("hello world");
  });

  it("go as a stream of unknown length, as Docker sends them", async () => {
    const place = await startUpload();
    const chunked = { method: "PATCH", headers: { "transfer-encoding": "chunked" }, body: "streamed" };
    expect(await call(place, chunked)).toMatchObject({ status: 202, headers: { range: "0-7" } });
    expect((await call(`${place}?digest=${digestOf("streamed")}`, { method: "PUT" })).status).toBe(201);
  });

  it("are over after a wrong digest, and leave nothing", async () => {
    const place = await startUpload();
    const answer = await call(`${place}?digest=${absent}`, { method: "PUT", body: "something else" });
    expect(answer.status).toBe(400);
    expect(codeOf(answer)).toBe("DIGEST_INVALID");
    expect((await call(`/v2/acme/app/blobs/${absent}`)).status).toBe(404);
    expect((await call(place)).status).toBe(404);
    expect(await readdir(join(dir, "layout", "uploads"))).toEqual([]);
  });

  it.each([
    ["no digest", ""],
    ["a digest that is none", "?digest=sha256:short"],
    ["another algorithm", `?digest=sha512:${"0".repeat(128)}`],
  ])("are not ended by %s, and stay open", async (_, query) => {
    const place = await startUpload();
    const answer = await call(`${place}${query}`, { method: "PUT", body: "x" });
    expect(answer.status).toBe(400);
    expect(codeOf(answer)).toBe("DIGEST_INVALID");
    expect((await call(place, { method: "DELETE" })).status).toBe(204);
  });

  it("belong to their repository", async () => {
    const place = await startUpload();
    const elsewhere = place.replace("/acme/app/", "/acme/other/");
    expect(codeOf(await call(elsewhere, { method: "PATCH", body: "x" }))).toBe("BLOB_UPLOAD_UNKNOWN");
    expect((await call(place, { method: "DELETE" })).status).toBe(204);
  });

  it("can be given up", async () => {
    const place = await startUpload();
    await call(place, { method: "PATCH", body: "x" });
    expect((await call(place, { method: "DELETE" })).status).toBe(204);
    expect((await call(place, { method: "DELETE" })).status).toBe(404);
    expect(await readdir(join(dir, "layout", "uploads"))).toEqual([]);
  });

  it.each(["../../index.json", "..%2f..%2findex.json", "x", "00000000-0000-0000-0000-000000000000"])(
    "are not found by the name %s",
    async (id) => {
      const answer = await call(`/v2/acme/app/blobs/uploads/${id}`, { method: "PATCH", body: "x" });
      expect(answer.status).toBe(404);
    },
  );

  it("are forgotten after an hour without a sign of life", async () => {
    const place = await startUpload();
    await call(place, { method: "PATCH", body: "x" });
    clock += 3_500_000;
    expect((await call(place)).status).toBe(204);
    clock += 3_700_000;
    expect((await call(place)).status).toBe(404);
    expect(await readdir(join(dir, "layout", "uploads"))).toEqual([]);
  });

  it("are limited in size, announced or not", async () => {
    const large = Buffer.alloc(4_000_001);
    const place = await startUpload();
    const answer = await call(place, {
      method: "PATCH",
      headers: { "transfer-encoding": "chunked" },
      body: large,
    });
    expect(answer.status).toBe(413);
    expect((await call(place, { method: "DELETE" })).status).toBe(204);
  });

  it("are limited in number", async () => {
    const open: string[] = [];
    for (let at = 0; at < 6; at++) open.push(await startUpload());
    const answer = await call("/v2/acme/app/blobs/uploads/", { method: "POST" });
    expect(answer).toMatchObject({ status: 429, headers: { "retry-after": "10" } });
    for (const place of open) await call(place, { method: "DELETE" });
  });

  it("keep what arrived before the client went away, and go on from there", async () => {
    const content = Buffer.alloc(3_000_000, "abcdefg");
    const place = await startUpload();
    await sendHalf(place, content, 2_000_000);
    const { status, headers } = await call(place);
    expect(status).toBe(204);
    const had = Number(String(headers["range"]).split("-")[1]) + 1;
    expect(had).toBeGreaterThan(0);
    expect(had).toBeLessThanOrEqual(2_000_000);
    expect((await call(`/v2/acme/app/blobs/${digestOf(content)}`)).status).toBe(404);
    const rest = content.subarray(had);
    const range = `${had}-${content.length - 1}`;
    expect(
      (await call(place, { method: "PATCH", headers: { "content-range": range }, body: rest })).status,
    ).toBe(202);
    expect((await call(`${place}?digest=${digestOf(content)}`, { method: "PUT" })).status).toBe(201);
  });

  it("take one request at a time", async () => {
    const place = await startUpload();
    const socket = connect(registry.port, "127.0.0.1");
    socket.write(`PATCH ${place} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nsome`);
    await until(async () => (await call(place, { method: "PATCH", body: "x" })).status === 409);
    expect((await call(place, { method: "DELETE" })).status).toBe(409);
    socket.destroy();
    await until(async () => (await call(place, { method: "DELETE" })).status === 204);
  });
});

/** Sends a PATCH that announces the whole content, and hangs up after a part. */
async function sendHalf(place: string, content: Buffer, part: number): Promise<void> {
  const socket = connect(registry.port, "127.0.0.1");
  const head = `PATCH ${place} HTTP/1.1\r\nHost: x\r\nContent-Length: ${content.length}\r\n\r\n`;
  await new Promise<void>((resolve, reject) => {
    socket.on("error", reject);
    socket.write(Buffer.concat([Buffer.from(head), content.subarray(0, part)]), () => resolve());
  });
  socket.end();
  // The registry has seen the end when nobody is at the upload any more and it has grown.
  await until(async () => {
    const { headers } = await call(place);
    return (
      headers["range"] !== "0-0" && log.some((entry) => entry.method === "PATCH" && entry.path === place)
    );
  });
}

async function until(check: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 10_000;
  while (!(await check())) {
    if (performance.now() > end) throw new Error("it did not come to pass");
  }
}

describe("mounting", () => {
  it("takes a blob that is there from another repository", async () => {
    const answer = await call(`/v2/acme/mounted/blobs/uploads/?mount=${digest}&from=acme/app`, {
      method: "POST",
    });
    expect(answer).toMatchObject({ status: 201, headers: { location: `/v2/acme/mounted/blobs/${digest}` } });
  });

  it.each([
    ["that is not there", `mount=${absent}&from=acme/app`],
    ["by a digest that is none", "mount=x&from=acme/app"],
  ])("opens an upload for a blob %s", async (_, query) => {
    const answer = await call(`/v2/acme/mounted/blobs/uploads/?${query}`, { method: "POST" });
    expect(answer.status).toBe(202);
    await call(String(answer.headers["location"]), { method: "DELETE" });
  });
});

describe("manifests", () => {
  const manifest = (fields: object): Buffer =>
    Buffer.from(JSON.stringify({ ...(JSON.parse(image.toString()) as object), ...fields }));

  it("are stored under digest and tag", async () => {
    const bytes = manifest({ annotations: { n: "1" } });
    const answer = await putManifest("acme/app", "stored", bytes);
    expect(answer).toMatchObject({
      status: 201,
      headers: {
        location: `/v2/acme/app/manifests/${digestOf(bytes)}`,
        "docker-content-digest": digestOf(bytes),
      },
    });
    expect((await call("/v2/acme/app/manifests/stored")).body).toBe(bytes.toString());
    expect((await call("/v2/acme/app/manifests/stored", { method: "DELETE" })).status).toBe(202);
    expect((await call("/v2/acme/app/manifests/stored")).status).toBe(404);
    expect((await call(`/v2/acme/app/manifests/${digestOf(bytes)}`)).status).toBe(200);
  });

  it("are refused under another digest", async () => {
    const answer = await putManifest("acme/app", absent, image);
    expect(answer.status).toBe(400);
    expect(codeOf(answer)).toBe("DIGEST_INVALID");
  });

  const missing = { mediaType: MediaType.octets, digest: absent, size: 1 };
  it.each([
    [
      "a layer that is not there",
      manifest({ layers: [missing] }),
      MediaType.manifest,
      404,
      "MANIFEST_BLOB_UNKNOWN",
    ],
    [
      "a config that is not there",
      manifest({ config: missing }),
      MediaType.manifest,
      404,
      "MANIFEST_BLOB_UNKNOWN",
    ],
    [
      "a layer of another size",
      manifest({ layers: [{ ...missing, digest }] }),
      MediaType.manifest,
      400,
      "MANIFEST_INVALID",
    ],
    [
      "a child that is not there",
      Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: [missing] })),
      MediaType.index,
      404,
      "MANIFEST_BLOB_UNKNOWN",
    ],
    ["another type inside than outside", image, MediaType.dockerManifest, 400, "MANIFEST_INVALID"],
    ["a type that is no manifest's", image, "application/json", 400, "MANIFEST_INVALID"],
    ["a body that is no JSON", Buffer.from("nonsense"), MediaType.manifest, 400, "MANIFEST_INVALID"],
    ["manifest and index in one", manifest({ manifests: [] }), MediaType.manifest, 400, "MANIFEST_INVALID"],
    ["schema version 1", manifest({ schemaVersion: 1 }), MediaType.manifest, 400, "MANIFEST_INVALID"],
    [
      "more than four megabytes",
      Buffer.alloc(4 * 1024 * 1024 + 1, " "),
      MediaType.manifest,
      413,
      "MANIFEST_INVALID",
    ],
  ])("are refused with %s", async (_, bytes, type, status, code) => {
    const answer = await putManifest("acme/app", "refused", bytes, type);
    expect(answer.status).toBe(status);
    expect(codeOf(answer)).toBe(code);
    expect((await call("/v2/acme/app/manifests/refused")).status).toBe(404);
  });

  it("may leave out layers that others give away", async () => {
    const layer = { ...missing, mediaType: "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip" };
    expect((await putManifest("acme/app", "foreign", manifest({ layers: [layer] }))).status).toBe(201);
    await call("/v2/acme/app/manifests/foreign", { method: "DELETE" });
  });

  it("with a subject are said to be its referrers, and listed by type", async () => {
    const subject = { mediaType: MediaType.manifest, digest: imageDigest, size: image.length };
    const bytes = manifest({ subject, artifactType: "application/example" });
    const put = await putManifest("acme/app", digestOf(bytes), bytes);
    expect(put.headers["oci-subject"]).toBe(imageDigest);
    const list = (query: string) => call(`/v2/acme/app/referrers/${imageDigest}${query}`);
    const all = await list("");
    expect(all.headers["oci-filters-applied"]).toBeUndefined();
    const entry = {
      mediaType: MediaType.manifest,
      digest: digestOf(bytes),
      size: bytes.length,
      artifactType: "application/example",
    };
    expect(JSON.parse(all.body)).toEqual({
      schemaVersion: 2,
      mediaType: MediaType.index,
      manifests: [entry],
    });
    const filtered = await list("?artifactType=application%2Fother");
    expect(filtered.headers["oci-filters-applied"]).toBe("artifactType");
    expect((JSON.parse(filtered.body) as { manifests: unknown[] }).manifests).toEqual([]);
    expect((await call(`/v2/acme/app/manifests/${digestOf(bytes)}`, { method: "DELETE" })).status).toBe(202);
  });

  it("deleted by digest go with their tags", async () => {
    const bytes = manifest({ annotations: { n: "2" } });
    await putManifest("acme/gone", "a", bytes);
    await putManifest("acme/gone", "b", bytes);
    expect((await call(`/v2/acme/gone/manifests/${digestOf(bytes)}`, { method: "DELETE" })).status).toBe(202);
    expect((await call("/v2/acme/gone/manifests/a")).status).toBe(404);
    expect((await call("/v2/acme/gone/tags/list")).status).toBe(404);
    expect((await call(`/v2/acme/gone/manifests/${digestOf(bytes)}`, { method: "DELETE" })).status).toBe(404);
  });
});

describe("serveRegistry", () => {
  it("writes one entry for each request, without the query", () => {
    const entry = log.find(({ path }) => path === "/v2/acme/app/tags/list");
    expect(entry).toMatchObject({ method: "GET", status: 200 });
    expect(log.every(({ path }) => !path.includes("?"))).toBe(true);
    expect(log.filter(({ error }) => error !== undefined)).toEqual([]);
  });

  it("sees what another process has written to the layout", async () => {
    const other = (await openLayout(join(dir, "layout"))).repository("acme/app");
    await other.tag(
      { mediaType: MediaType.manifest, digest: imageDigest, size: image.length },
      "from-elsewhere",
    );
    expect((await call("/v2/acme/app/manifests/from-elsewhere")).status).toBe(200);
    await other.untag("from-elsewhere");
    expect((await call("/v2/acme/app/manifests/from-elsewhere")).status).toBe(404);
  });

  it("ends a download of damaged content before its last byte", async () => {
    const content = Buffer.alloc(2_000_000, "x");
    await push("acme/app", content);
    const path = join(dir, "layout", "blobs", "sha256", digestOf(content).slice(7));
    await writeFile(path, Buffer.alloc(2_000_000, "y"));
    await expect(call(`/v2/acme/app/blobs/${digestOf(content)}`)).rejects.toThrow("aborted");
    expect(log.splice(0).filter(({ error }) => error !== undefined)).toHaveLength(1);
    await rm(path);
  });

  it("gives no damaged manifest, and tells whoever runs it", async () => {
    const bytes = Buffer.from(image.toString().replace("layers", "layerz"));
    const path = join(dir, "layout", "blobs", "sha256", imageDigest.slice(7));
    await writeFile(path, bytes);
    const answer = await call("/v2/acme/app/manifests/v1");
    await writeFile(path, image);
    expect(answer).toMatchObject({ status: 500, body: expect.not.stringContaining("layerz") as string });
    expect(log.splice(0).map(({ status, error }) => [status, error])).toEqual([
      [500, expect.objectContaining({ code: "digest-mismatch" })],
    ]);
  });

  it("only gives out where it is told so", async () => {
    const uploads = join(dir, "uploads-read-only");
    const store = await openLayout(join(dir, "layout"));
    const readOnly = await serveRegistry({ store, uploads, readOnly: true });
    for (const [method, path] of [
      ["POST", "/v2/acme/app/blobs/uploads/"],
      ["PUT", "/v2/acme/app/manifests/v1"],
      ["DELETE", "/v2/acme/app/manifests/v1"],
      ["DELETE", `/v2/acme/app/blobs/${digest}`],
    ] as const) {
      const answer = await ask(readOnly.port, path, { method });
      expect(answer.status).toBe(405);
      expect(codeOf(answer)).toBe("UNSUPPORTED");
    }
    expect((await ask(readOnly.port, "/v2/acme/app/manifests/v1")).status).toBe(200);
    await readOnly.close();
  });

  it("says which address is taken", async () => {
    const options = { store: memoryRegistryStore(), uploads: join(dir, "other"), port: registry.port };
    await expect(serveRegistry(options)).rejects.toMatchObject({
      name: "RegistryError",
      code: "address-in-use",
      message: `127.0.0.1:${registry.port}: another program listens there`,
    });
  });

  it("lets a request that is under way end when it is closed, and removes unfinished uploads", async () => {
    const uploads = join(dir, "closing");
    const controller = new AbortController();
    const closing = await serveRegistry({ store: memoryRegistryStore(), uploads, signal: controller.signal });
    await ask(closing.port, "/v2/a/blobs/uploads/", { method: "POST" });
    const { headers } = await ask(closing.port, "/v2/a/blobs/uploads/", { method: "POST" });
    const place = String(headers["location"]);
    await ask(closing.port, place, { method: "PATCH", body: "left" });
    const answered = new Promise<number>((resolve, reject) => {
      const out = httpRequest(
        { host: "127.0.0.1", port: closing.port, path: place, method: "PATCH", agent: false },
        (answer) => {
          answer.resume();
          resolve(answer.statusCode!);
        },
      );
      out.on("error", reject);
      out.write("more", () => {
        controller.abort();
        setTimeout(() => out.end("and the end"), 50);
      });
    });
    expect(await answered).toBe(202);
    await closing.close();
    expect(await readdir(uploads)).toEqual([]);
    await expect(ask(closing.port, "/v2/")).rejects.toThrow("ECONNREFUSED");
  });

  it("clears away what a registry that died has left, and nothing else", async () => {
    const uploads = join(dir, "left");
    const first = await serveRegistry({ store: memoryRegistryStore(), uploads });
    await writeFile(join(uploads, "3f0c1c2e-1111-4222-8333-444455556666"), "old");
    await writeFile(join(uploads, "somebody's file"), "keep");
    await first.close();
    const young = await serveRegistry({ store: memoryRegistryStore(), uploads });
    await young.close();
    expect(await readdir(uploads)).toHaveLength(2);
    const later = await serveRegistry({
      store: memoryRegistryStore(),
      uploads,
      now: () => Date.now() + 3 * 3_600_000,
    });
    await later.close();
    expect(await readdir(uploads)).toEqual(["somebody's file"]);
  });

  it("leaves the process's Request and Response alone", () => {
    expect(globalThis.Request).toBe(Before.Request);
    expect(globalThis.Response).toBe(Before.Response);
  });
});
