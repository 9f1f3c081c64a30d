import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Answer, TestClock, type TestServer, serve } from "@seaworthy/oci/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { osvFiles, zipOf } from "../../../test/osv-archive.ts";
import { remoteAdvisories } from "./remote-source.ts";

const { signal } = new AbortController();
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const npm = osvFiles("npm");

let dir: string;
let clock: TestClock;
let server: TestServer;
let answer: Answer;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "osv-"));
  clock = new TestClock();
  answer = sends(zipOf(npm), '"one"');
  server = await serve((...request) => answer(...request));
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await rm(dir, { recursive: true });
});

/** As a bucket does: whole, or nothing where it is what the client has. */
function sends(content: Uint8Array | string, etag: string): Answer {
  return ({ headers }, response) => {
    const known = headers["if-none-match"] === etag;
    response.writeHead(known ? 304 : 200, { etag }).end(known ? undefined : content);
  };
}

const says =
  (status: number, headers = {}): Answer =>
  (_, response) =>
    void response.writeHead(status, headers).end();

const options = () => ({
  url: `http://${server.host}/osv/`,
  cacheDir: dir,
  maxAge: 7 * DAY,
  tools: { clock },
});

async function open(ecosystem: "npm" | "crates.io" = "npm") {
  const { index, ...rest } = await remoteAdvisories(options()).open(ecosystem, signal);
  const { advisories } = index.facts;
  index[Symbol.dispose]();
  return { advisories, ...rest };
}

describe("advisories of an address", () => {
  it("are loaded once, and asked for again after a day", async () => {
    expect(await open()).toEqual({ advisories: 5, current: "2026-01-01T00:00:00.000Z" });
    clock.pass(23 * HOUR);
    expect(await open()).toEqual({ advisories: 5, current: "2026-01-01T00:00:00.000Z" });
    expect(server.lines()).toEqual(["GET /osv/npm/all.zip"]);
    clock.pass(HOUR);
    expect(await open()).toEqual({ advisories: 5, current: "2026-01-02T00:00:00.000Z" });
    expect(server.seen[1]?.headers["if-none-match"]).toBe('"one"');
    expect(server.seen).toHaveLength(2);
  });

  it("are replaced by newer ones", async () => {
    await open();
    const { "MAL-2025-46969.json": _, ...fewer } = npm;
    answer = sends(zipOf(fewer), '"two"');
    clock.pass(DAY);
    expect(await open()).toMatchObject({ advisories: 4 });
  });

  it("leave nothing behind but themselves", async () => {
    await open();
    const [place, ...others] = await readdir(dir);
    expect(others).toEqual([]);
    expect((await readdir(join(dir, place!))).toSorted()).toEqual(["npm.db", "npm.db.json"]);
  });

  it("are found under names that addresses write otherwise", async () => {
    answer = sends(zipOf(osvFiles("crates.io")), '"c"');
    expect(await open("crates.io")).toMatchObject({ advisories: 2 });
    expect(server.lines()).toEqual(["GET /osv/crates.io/all.zip"]);
  });

  it("are followed to where they moved", async () => {
    answer = ({ url }, response) =>
      url.startsWith("/osv/")
        ? void response.writeHead(302, { location: `http://${server.host}/moved.zip` }).end()
        : void response.end(zipOf(npm));
    expect(await open()).toMatchObject({ advisories: 5 });
  });

  it("are asked for again where the server was busy, or broke off", async () => {
    const whole = zipOf(npm);
    const answers: Answer[] = [
      says(503, { "retry-after": "2" }),
      (_, response) => {
        response.writeHead(200, { "content-length": whole.length }).write(whole.subarray(0, 100));
        setImmediate(() => response.destroy());
      },
      sends(whole, '"one"'),
    ];
    answer = (...request) => answers.shift()!(...request);
    expect(await open()).toMatchObject({ advisories: 5 });
    expect(clock.slept[0]).toBeGreaterThanOrEqual(2_000);
  });

  it.each<[string, () => Answer, RegExp]>([
    ["gone", () => says(500), /GET 127\.0\.0\.1:\d+\/osv\/npm\/all\.zip: 500/],
    ["moved without a word", () => says(404), /all\.zip: 404/],
    ["sends half of it", () => sends(zipOf(npm).subarray(0, 900), '"half"'), /all\.zip: /],
    ["sends something else", () => sends("<html></html>", '"html"'), /all\.zip: /],
    [
      "sends records nobody can read",
      () => sends(zipOf({ "a.json": "{" }), '"bad"'),
      /a\.json: expected JSON/,
    ],
  ])("are used for a week where the address is, or does, what is no use: %s", async (_, other, message) => {
    await open();
    answer = other();
    clock.pass(6 * DAY);
    const aged = await open();
    expect(aged).toMatchObject({ advisories: 5, current: "2026-01-01T00:00:00.000Z" });
    expect(aged.note).toMatch(message);
    expect(aged.note).toMatch(/what was loaded 6 d ago is used/);
    clock.pass(2 * DAY);
    await expect(open()).rejects.toMatchObject({
      code: "stale-advisories",
      message: expect.stringMatching(/^advisories of npm: 8 d old, at most 7 d is allowed/),
      hint: expect.stringMatching(message),
    });
  });

  it("are none where there never were some", async () => {
    answer = says(404);
    await expect(open()).rejects.toMatchObject({
      code: "no-advisories",
      message: expect.stringMatching(/404/),
    });
    answer = says(500);
    await expect(open()).rejects.toMatchObject({ code: "unreachable", retryable: true });
    answer = sends(zipOf(npm).subarray(0, 900), '"half"');
    await expect(open()).rejects.toMatchObject({ code: "invalid-advisories" });
  });

  it("are not young because the clock was once ahead", async () => {
    clock.pass(30 * DAY);
    await open();
    clock.pass(-30 * DAY);
    answer = says(500);
    await expect(open()).rejects.toMatchObject({ code: "unreachable" });
  });

  it("end with the signal", async () => {
    const controller = new AbortController();
    answer = () => controller.abort();
    const opening = remoteAdvisories(options()).open("npm", controller.signal);
    await expect(opening).rejects.toMatchObject({ code: "aborted" });
  });

  it.each(["http://osv.example/", "https://me:pass@osv.example/", "osv.example", "ftp://osv.example/"])(
    "are not taken from %s",
    (url) => {
      expect(() => remoteAdvisories({ ...options(), url })).toThrow(/scan.source: expected an https address/);
    },
  );
});
