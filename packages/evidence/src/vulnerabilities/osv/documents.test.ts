import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { osvFiles, zipOf } from "../../../test/osv-archive.ts";
import { buildIndex } from "./build-index.ts";
import { folderAdvisories } from "./folder-source.ts";
import { type AdvisoryIndex, openIndex } from "./index-file.ts";
import { zipDocuments } from "./zip-documents.ts";

const { signal } = new AbortController();
const npm = osvFiles("npm");

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "osv-"));
});
afterEach(() => rm(dir, { recursive: true }));

async function load(archive: Uint8Array): Promise<AdvisoryIndex> {
  const zip = join(dir, "all.zip");
  const path = join(dir, "npm.db");
  await writeFile(zip, archive);
  await buildIndex(zipDocuments(zip, "npm/all.zip"), { ecosystem: "npm", path, what: "npm/all.zip", signal });
  return openIndex(path)!;
}

const record = (fields: object): string =>
  JSON.stringify({ schema_version: "1.7.0", id: "GHSA-x", modified: "2026-01-01T00:00:00Z", ...fields });
const affecting = (fields: object): string =>
  record({ affected: [{ package: { ecosystem: "npm", name: "x" }, ...fields }] });

describe("an archive", () => {
  it("is indexed by package", async () => {
    using index = await load(zipOf(npm));
    expect(index.facts).toMatchObject({ ecosystem: "npm", advisories: 5, updated: "2026-11-10T05:12:00Z" });
    const about = index.about("npm", "lodash").map(({ advisory }) => advisory.id);
    expect(about).toEqual(["GHSA-35jh-r3h4-6jhm", "GHSA-jf85-cpcp-j695"]);
    expect(index.about("npm", "lodas_")).toEqual([]);
  });

  it("gives the same version however often it is loaded, and another one for other data", async () => {
    using first = await load(zipOf(npm));
    const { version } = first.facts;
    using again = await load(zipOf(npm));
    expect(again.facts.version).toBe(version);
    using other = await load(zipOf({ ...npm, "GHSA-x.json": affecting({ versions: ["1.0.0"] }) }));
    expect(other.facts.version).not.toBe(version);
  });

  const whole = zipOf(npm);
  const damaged = Buffer.from(whole);
  damaged.fill(0, 100, 140);
  it.each<[string, Uint8Array, RegExp]>([
    ["cut off", whole.subarray(0, whole.length - 100), /^npm\/all.zip: /],
    ["cut off at half", whole.subarray(0, whole.length / 2), /^npm\/all.zip: /],
    ["empty", Buffer.alloc(0), /^npm\/all.zip: /],
    ["a page of HTML", Buffer.from("<html>Sign in to the network</html>".repeat(10)), /^npm\/all.zip: /],
    ["damaged inside", damaged, /^npm\/all.zip: GHSA-35jh-r3h4-6jhm.json: /],
    ["a bomb that says it is small", zipOf({ "a.json": " ".repeat(1 << 20) }, 10), /npm\/all.zip: a.json: /],
    [
      "a bomb that says what it is",
      zipOf({ "a.json": "{}" }, 1 << 30),
      /a.json makes it larger than data can be/,
    ],
    ["without records", zipOf({ "README.md": "hello" }), /npm\/all.zip: holds no records/],
    ["one that names a path outside", zipOf({ "../../x.json": "{}" }), /^npm\/all.zip: /],
    ["no JSON", zipOf({ "a.json": "{" }), /npm\/all.zip: a.json: expected JSON/],
    ["JSON that is cut off", zipOf({ "a.json": record({}).slice(0, -20) }), /a.json: expected JSON/],
    ["a list", zipOf({ "a.json": "[]" }), /a.json: expected an object, found \[\]/],
    ["null", zipOf({ "a.json": "null" }), /a.json: expected an object, found nothing/],
    [
      "of a later schema",
      zipOf({ "a.json": record({ schema_version: "2.0.0" }) }),
      /a.json: schema_version: expected version 1 of the OSV schema, found "2.0.0"/,
    ],
    [
      "without an id",
      zipOf({ "a.json": record({ id: undefined }) }),
      /a.json: id: expected a text, found nothing/,
    ],
    [
      "with a time that is none",
      zipOf({ "a.json": record({ modified: "today" }) }),
      /a.json: modified: expected a time, found "today"/,
    ],
    [
      "with packages of another shape",
      zipOf({ "a.json": record({ affected: [{ package: "x" }] }) }),
      /a.json: affected\[0\].package: expected an object, found "x"/,
    ],
    [
      "with ranges of another kind",
      zipOf({ "a.json": affecting({ ranges: [{ type: "CALVER", events: [] }] }) }),
      /affected\[0\].ranges\[0\].type: expected SEMVER, ECOSYSTEM or GIT, found "CALVER"/,
    ],
    [
      "with events of another kind",
      zipOf({ "a.json": affecting({ ranges: [{ type: "SEMVER", events: [{ released: "1" }] }] }) }),
      /events\[0\]: expected introduced, fixed, last_affected, limit, found {"released":"1"}/,
    ],
    [
      "with versions that are none",
      zipOf({ "a.json": affecting({ versions: [7] }) }),
      /affected\[0\].versions\[0\]: expected a text, found 7/,
    ],
  ])("%s is refused by name, and what was there stays", async (_, archive, message) => {
    (await load(zipOf(npm)))[Symbol.dispose]();
    await expect(load(archive)).rejects.toMatchObject({
      code: "invalid-advisories",
      message: expect.stringMatching(message),
    });
    using index = openIndex(join(dir, "npm.db"));
    expect(index?.facts.advisories).toBe(5);
  });

  it("takes what Go writes for nothing, and fields of later versions", async () => {
    const files = {
      "a.json": record({ aliases: null, affected: null, severity: null, added_in_1_9: {} }),
      ...npm,
    };
    using index = await load(zipOf(files));
    expect(index.facts.advisories).toBe(5);
  });

  it("is not taken for one of another format", async () => {
    await writeFile(join(dir, "npm.db"), "not a database");
    expect(openIndex(join(dir, "npm.db"))).toBeUndefined();
    expect(openIndex(join(dir, "none.db"))).toBeUndefined();
  });
});

describe("a folder", () => {
  const source = (maxAge = Number.POSITIVE_INFINITY) =>
    folderAdvisories({
      folder: join(dir, "data"),
      cacheDir: join(dir, "cache"),
      maxAge,
      now: () => Date.parse("2026-11-20T05:12:00Z"),
    });
  const put = async (path: string, content: string | Uint8Array): Promise<void> => {
    await mkdir(join(dir, "data", "npm"), { recursive: true });
    await writeFile(join(dir, "data", "npm", path), content);
  };

  it("may hold archives or what was in them", async () => {
    for (const [name, text] of Object.entries(npm)) await put(name, text);
    const unpacked = await source().open("npm", signal);
    await put("all.zip", zipOf(npm));
    const packed = await source().open("npm", signal);
    expect(packed.index.facts).toEqual(unpacked.index.facts);
    expect(packed.current).toBe("2026-11-10T05:12:00Z");
    packed.index[Symbol.dispose]();
    unpacked.index[Symbol.dispose]();
  });

  it("is read again when a file in it changes", async () => {
    await put("all.zip", zipOf(npm));
    (await source().open("npm", signal)).index[Symbol.dispose]();
    await put("all.zip", zipOf({ ...npm, "GHSA-x.json": affecting({ versions: ["1"] }) }));
    using index = (await source().open("npm", signal)).index;
    expect(index.facts.advisories).toBe(6);
  });

  it("is refused by the age of its youngest record", async () => {
    await put("all.zip", zipOf(npm));
    const day = 24 * 3_600_000;
    (await source(10 * day).open("npm", signal)).index[Symbol.dispose]();
    await expect(source(9 * day).open("npm", signal)).rejects.toMatchObject({
      code: "stale-advisories",
      message: expect.stringMatching(/all.zip: 10 d old, at most 9 d is allowed/),
      hint: "put a newer archive there",
    });
  });
});
