import { deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { file, inventoryOf, program } from "../../../test/image.ts";
import { type ElfShape, elf } from "../../../test/elf.ts";
import { buildInfo } from "../../../test/go.ts";

const H1 = `h1:${Buffer.alloc(32, 9).toString("base64")}`;
const MODULES = [
  "path\texample.org/cmd",
  "mod\texample.org/cmd\t(devel)\t",
  `dep\tgithub.com/Acme/lib\tv1.2.3\t${H1}`,
  "dep\tgolang.org/x/net\tv0.30.0",
  "=>\tgithub.com/fork/net\tv0.30.1-0.20250101000000-abcdefabcdef\th1:bad",
  "dep\texample.org/local\tv0.1.0",
  "=>\t./local\t",
  "build\t-compiler=gc",
];

describe("Go programs", () => {
  it("name the standard library and their modules, replaced ones by what replaces them", async () => {
    const { packages, problems } = await inventoryOf([
      program("app/server", elf([[".go.buildinfo", buildInfo("go1.24.1 X:rangefunc", MODULES)]])),
    ]);
    expect(problems).toEqual([]);
    expect(packages.map(({ purl }) => purl)).toEqual([
      "pkg:golang/example.org/local@v0.1.0",
      "pkg:golang/github.com/Acme/lib@v1.2.3",
      "pkg:golang/github.com/fork/net@v0.30.1-0.20250101000000-abcdefabcdef",
      "pkg:golang/stdlib@1.24.1",
    ]);
    expect(packages[1]).toMatchObject({
      name: "github.com/Acme/lib",
      hashes: [{ algorithm: "SHA-256", value: "09".repeat(32) }],
      locations: [{ path: "app/server", layer: 0 }],
      foundBy: "go-build-info",
    });
    expect(packages[2]?.hashes).toEqual([]);
  });

  it("name a released main module too, and no library where the compiler is no release", async () => {
    const modules = ["mod\texample.org/cmd\tv2.0.0\t"];
    const { packages } = await inventoryOf([
      program("a", elf([[".go.buildinfo", buildInfo("devel go1.25-abc", modules)]])),
    ]);
    expect(packages.map(({ purl }) => purl)).toEqual(["pkg:golang/example.org/cmd@v2.0.0"]);
  });

  it("are found wherever the mark lies, across chunks and after the mark as a text", async () => {
    const info = buildInfo("go1.24.1", []);
    const text = Buffer.concat([info.subarray(0, 14), Buffer.alloc(18)]);
    for (const distance of [0, 16, 65_536 - 160, 65_536 - 144, 1 << 20]) {
      const bytes = Buffer.concat([elf([]), text, Buffer.alloc(distance), info]);
      const { packages } = await inventoryOf([program("a", bytes)]);
      expect(packages.map(({ name }) => name)).toEqual(["stdlib"]);
    }
  });

  it.each([
    [
      "of old compilers",
      Buffer.concat([buildInfo("go1.17", []).subarray(0, 15), Buffer.alloc(50)]),
      /before 1\.18/,
    ],
    ["that are cut off", buildInfo("go1.24.1", MODULES).subarray(0, 60), /cut off/],
    ["of absurd length", buildInfo("go1.24.1", []).fill(0xff, 32), /cut off/],
  ])("%s are told of", async (_, info, problem) => {
    const { packages, problems } = await inventoryOf([program("a", Buffer.concat([elf([]), info]))]);
    expect(packages).toEqual([]);
    expect(problems).toEqual([expect.stringMatching(problem)]);
  });

  it("are executable programs, and nothing else that holds the mark", async () => {
    const bytes = elf([[".go.buildinfo", buildInfo("go1.24.1", [])]]);
    const { packages, problems } = await inventoryOf([
      file("data", bytes),
      program("lib.so.6", bytes),
      program("script", Buffer.concat([Buffer.from("#!/bin/sh\n"), Buffer.alloc(5000), bytes])),
    ]);
    expect({ packages, problems }).toEqual({ packages: [], problems: [] });
  });
});

const list = (packages: readonly object[]): Buffer => deflateSync(JSON.stringify({ packages, format: 1 }));
const CRATES = list([
  { name: "app", version: "0.1.0", source: "local", root: true, dependencies: [1] },
  { name: "serde", version: "1.0.219", source: "crates.io" },
  { name: "cc", version: "1.2.0", source: "crates.io", kind: "build" },
]);

describe("Rust programs", () => {
  it.each<[string, ElfShape]>([
    ["64 bits, little endian", {}],
    ["32 bits, little endian", { wide: false }],
    ["64 bits, big endian", { bigEndian: true }],
    ["behind megabytes that are loaded", { loaded: 9 << 20 }],
    ["with symbols behind", { symbols: 9 << 20 }],
  ])("name the crates in them: %s", async (_, shape) => {
    const { packages, problems } = await inventoryOf([
      program("app/tool", elf([[".dep-v0", CRATES]], shape)),
    ]);
    expect(problems).toEqual([]);
    expect(packages.map(({ purl, foundBy }) => [purl, foundBy])).toEqual([
      ["pkg:cargo/app@0.1.0", "rust-audit"],
      ["pkg:cargo/serde@1.0.219", "rust-audit"],
    ]);
  });

  it.each<[string, Buffer, ElfShape, RegExp]>([
    ["a bomb", deflateSync(Buffer.alloc(17 << 20)), {}, /found more than 16777216 bytes/],
    ["not compressed", Buffer.from("{}".repeat(20)), {}, /found something else/],
    ["no JSON", deflateSync("[1]"), {}, /expected a JSON object/],
    [
      "where it is not looked for",
      CRATES,
      { before: 9 << 20, symbols: 1 << 20 },
      /lies where it is not looked for/,
    ],
  ])("whose list is %s are told of", async (_, content, shape, problem) => {
    const { packages, problems } = await inventoryOf([program("a", elf([[".dep-v0", content]], shape))]);
    expect(packages).toEqual([]);
    expect(problems).toEqual([expect.stringMatching(problem)]);
  });

  it("with tables that lead nowhere or nothing behind the magic are no programs", async () => {
    const good = elf([[".dep-v0", CRATES]]);
    const broken = (at: number, byte = 0xff) => Buffer.from(good).fill(byte, at, at + 2);
    const { packages, problems } = await inventoryOf([
      ...[32, 38, 40, 46, 54, 56, 58, 60, 62].map((at) => program(`at-${at}`, broken(at))),
      program("no-entries", broken(60, 0)),
      program("short", good.subarray(0, 4096)),
      program("magic", Buffer.concat([Buffer.from("\x7fELF"), Buffer.alloc(8000)])),
    ]);
    expect(packages.flatMap(({ locations }) => locations.map(({ path }) => path))).not.toContain("at-40");
    expect(problems).toEqual([]);
  });
});
