import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { file, inventoryOf } from "../../../test/image.ts";

const FEDORA = file("etc/os-release", "ID=fedora\nVERSION_ID=42\n");
const SQLITE = "var/lib/rpm/rpmdb.sqlite";
const NDB = "usr/lib/sysimage/rpm/Packages.db";

type Value = string | number;

/** A header as rpm stores it: entries in order, texts and numbers. */
function header(tags: Readonly<Record<number, Value>>): Buffer {
  const entries: Buffer[] = [];
  const data: Buffer[] = [];
  let offset = 0;
  for (const [tag, value] of Object.entries(tags)) {
    const number = Buffer.alloc(4);
    number.writeUInt32BE(Number(value) || 0);
    const bytes = typeof value === "number" ? number : Buffer.from(`${value}\0`);
    entries.push(words([Number(tag), typeof value === "number" ? 4 : 6, offset, 1]));
    data.push(bytes);
    offset += bytes.length;
  }
  return Buffer.concat([words([entries.length, offset]), ...entries, ...data]);
}

function words(
  values: readonly number[],
  write: "writeUInt32BE" | "writeUInt32LE" = "writeUInt32BE",
): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [at, value] of values.entries()) bytes[write](value, at * 4);
  return bytes;
}

const BASH = header({
  1000: "bash",
  1001: "5.2.37",
  1002: "1.fc42",
  1003: 1,
  1011: "Fedora Project",
  1014: "GPL-3.0-or-later",
  1022: "x86_64",
  1044: "bash-5.2.37-1.fc42.src.rpm",
});
const KEY = header({ 1000: "gpg-pubkey", 1001: "105ef944", 1002: "65ca83d1" });

/** In WAL mode, as rpm leaves it. */
function sqlite(
  blobs: readonly Uint8Array[],
  table = "CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)",
): Buffer {
  const database = new DatabaseSync(":memory:");
  database.exec(table);
  for (const blob of blobs) database.prepare("INSERT INTO Packages (blob) VALUES (?)").run(blob);
  const bytes = Buffer.from(database.serialize());
  database.close();
  return bytes.fill(2, 18, 20);
}

const mark = (text: string): number => Buffer.from(text, "latin1").readUInt32LE();

function ndb(blobs: readonly Uint8Array[]): Buffer {
  const pages: Buffer[] = [Buffer.alloc(4096)];
  words([mark("RpmP"), 0, 1, 1], "writeUInt32LE").copy(pages[0]!);
  let block = 4096 / 16;
  for (const [at, blob] of blobs.entries()) {
    words([mark("Slot"), at + 1, block, 0], "writeUInt32LE").copy(pages[0]!, 32 + at * 16);
    const padded = Buffer.alloc(Math.ceil(blob.length / 16) * 16);
    padded.set(blob);
    pages.push(words([mark("BlbS"), at + 1, 0, blob.length], "writeUInt32LE"), padded);
    block += 1 + padded.length / 16;
  }
  return Buffer.concat(pages);
}

describe("rpm packages", () => {
  it.each([
    [SQLITE, sqlite([BASH, KEY])],
    [NDB, ndb([KEY, BASH])],
  ])("come from %s", async (path, bytes) => {
    const { packages, problems } = await inventoryOf([FEDORA, file(path, bytes)]);
    expect(problems).toEqual([]);
    expect(packages).toEqual([
      {
        type: "rpm",
        name: "bash",
        version: "1:5.2.37-1.fc42",
        purl: "pkg:rpm/fedora/bash@5.2.37-1.fc42?arch=x86_64&distro=fedora-42&epoch=1",
        licenses: ["GPL-3.0-or-later"],
        supplier: "Fedora Project",
        source: { name: "bash", version: "5.2.37-1.fc42" },
        hashes: [],
        locations: [{ path, layer: 0 }],
        foundBy: "rpm",
      },
    ]);
  });

  it("are told of where the database is of a format that is not read", async () => {
    const { problems } = await inventoryOf([
      file("var/lib/rpm/Packages", "\0\0\0"),
      file("var/lib/rpm/Name", "x"),
    ]);
    expect(problems).toEqual(["/var/lib/rpm/Packages: rpm packages are not read out of a Berkeley DB"]);
  });
});

describe("a hostile rpm database", () => {
  const cut = (bytes: Buffer, from: number): Buffer => bytes.subarray(0, from);
  const view = "CREATE TABLE other (a); CREATE VIEW Packages AS SELECT 1 AS blob";
  const computed = "CREATE TABLE Packages (a, blob GENERATED ALWAYS AS (zeroblob(999999999)))";

  it.each<[string, string, Uint8Array, RegExp]>([
    ["is no database", SQLITE, Buffer.from("SQLite format 2\0".repeat(300)), /found/],
    ["is cut off", SQLITE, cut(sqlite([Buffer.alloc(20_000)]), 8192), /found/],
    ["is a view that computes", SQLITE, sqlite([], view), /found no table of packages/],
    ["computes its values", SQLITE, sqlite([], computed), /found no table of packages/],
    ["has no pages", NDB, Buffer.alloc(64), /found no header of it/],
    ["is cut off", NDB, cut(ndb([BASH]), 4100), /found package 1 missing/],
    ["says it has more than it has", NDB, ndb([BASH]).fill(0xff, 12, 16), /found no header of it/],
  ])("that %s is told of (%#)", async (_, path, bytes, problem) => {
    const { packages, problems } = await inventoryOf([file(path, bytes)]);
    expect(packages).toEqual([]);
    expect(problems).toEqual([expect.stringMatching(problem)]);
  });

  it("gives what headers can be read", async () => {
    const long = header({ 1000: "a".repeat(9000), 1001: "1", 1002: "1" });
    const outside = header({ 1000: "a", 1001: "1", 1002: "1" }).fill(0xff, 16, 20);
    const blobs = [Buffer.alloc(0), words([0xffff_ffff, 4]), cut(BASH, 60), long, outside, BASH];
    const { packages, problems } = await inventoryOf([file(SQLITE, sqlite(blobs))]);
    expect(packages.map(({ name }) => name)).toEqual(["bash"]);
    expect(problems).toEqual([`/${SQLITE}: 5 rpm headers could not be read`]);
  });

  it("with a page that leads back to itself comes to an end", async () => {
    const blobs = Array.from({ length: 2000 }, () => Buffer.alloc(100, 1));
    const bytes = sqlite(blobs);
    const root = bytes.subarray(4096, 8192);
    // The table's root page, an inner one, with all of its children the same.
    const [header0, cells] = [root.readUInt8(0), root.readUInt16BE(3)];
    expect(header0).toBe(5);
    const first = root.readUInt32BE(root.readUInt16BE(12));
    for (let at = 0; at < cells; at++) root.writeUInt32BE(first, root.readUInt16BE(12 + at * 2));
    const { packages, problems } = await inventoryOf([file(SQLITE, bytes)]);
    expect(packages).toEqual([]);
    expect(problems).toEqual([expect.stringMatching(/found .*Tree 2 page/)]);
  });
});
