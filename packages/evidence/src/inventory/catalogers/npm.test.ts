import { describe, expect, it } from "vitest";
import { file, inventoryOf, link } from "../../../test/image.ts";

const SHA512 = Buffer.alloc(64, 7);
const INTEGRITY = `sha512-${SHA512.toString("base64")}`;
const manifest = (folder: string, fields: unknown) => file(`${folder}/package.json`, JSON.stringify(fields));
const lock = (path: string, packages: unknown, more: object = {}) =>
  file(path, JSON.stringify({ lockfileVersion: 3, packages, ...more }));
const names = (packages: readonly { readonly name: string; readonly version: string }[]) =>
  packages.map(({ name, version }) => `${name}@${version}`);

describe("installed npm packages", () => {
  it("are those right below a node_modules, scoped and nested ones too, by what they call themselves", async () => {
    const { packages, problems } = await inventoryOf([
      manifest("app", { name: "app", version: "1.0.0" }),
      manifest("app/node_modules/a", { name: "a", version: "1.0.0" }),
      manifest("app/node_modules/a/dist/esm", { name: "inside", version: "9.0.0" }),
      manifest("app/node_modules/a/node_modules/@x/b", { name: "@x/b", version: "2.0.0-rc.1+5" }),
      manifest("app/node_modules/.pnpm/c@3.0.0/node_modules/c", { name: "c", version: "3.0.0" }),
      manifest("app/node_modules/alias", { name: "real", version: "4.0.0" }),
      manifest("app/node_modules/@x", { name: "no-package", version: "5.0.0" }),
      manifest("app/node_modules/private", { private: true }),
    ]);
    expect(names(packages)).toEqual(["@x/b@2.0.0-rc.1+5", "a@1.0.0", "c@3.0.0", "real@4.0.0"]);
    expect(packages[0]?.purl).toBe("pkg:npm/%40x/b@2.0.0-rc.1+5");
    expect(problems).toEqual([]);
  });

  it("are one package with several places, the lowest layer first", async () => {
    const a = { name: "a", version: "1.0.0" };
    const { packages } = await inventoryOf(
      [file("bin/sh")],
      [manifest("z/node_modules/a", a)],
      [manifest("b/node_modules/a", a), manifest("a/node_modules/a", a)],
    );
    expect(packages.map(({ locations }) => locations)).toEqual([
      [
        { path: "z/node_modules/a/package.json", layer: 1 },
        { path: "a/node_modules/a/package.json", layer: 2 },
        { path: "b/node_modules/a/package.json", layer: 2 },
      ],
    ]);
  });

  it.each<[unknown, readonly string[]]>([
    [{ license: "MIT" }, ["MIT"]],
    [{ license: { type: "ISC", url: "…" } }, ["ISC"]],
    [{ licenses: [{ type: "MIT" }, { type: "BSD" }, 3] }, ["MIT", "BSD"]],
    [{ license: ["MIT"] }, []],
    [{}, []],
  ])("have the licences of %j", async (fields, expected) => {
    const { packages } = await inventoryOf([
      manifest("node_modules/a", { name: "a", version: "1.0.0", ...(fields as object) }),
    ]);
    expect(packages[0]?.licenses).toEqual(expected);
  });

  it("have the hash that npm recorded for this place and version", async () => {
    const { packages } = await inventoryOf([
      manifest("app/node_modules/a", { name: "a", version: "1.0.0", author: "Ann" }),
      manifest("app/node_modules/b", { name: "b", version: "2.0.0" }),
      lock("app/node_modules/.package-lock.json", {
        "node_modules/a": { version: "1.0.0", integrity: `sha1-x ${INTEGRITY} md5-abc` },
        "node_modules/b": { version: "1.9.9", integrity: INTEGRITY },
      }),
    ]);
    const sha512 = { algorithm: "SHA-512", value: SHA512.toString("hex") };
    expect(packages.map(({ hashes }) => hashes)).toEqual([[sha512], []]);
    expect(packages[0]).toMatchObject({ supplier: "Ann", foundBy: "npm" });
  });

  it("are read through hard links of the same layer, and told of where these lead elsewhere", async () => {
    const { packages, problems } = await inventoryOf([
      manifest("a/node_modules/a", { name: "a", version: "1.0.0" }),
      link("b/node_modules/a/package.json", "a/node_modules/a/package.json", "hardlink"),
      file("store/123", JSON.stringify({ name: "c", version: "1.0.0" })),
      link("x/node_modules/c/package.json", "store/123", "hardlink"),
    ]);
    expect(packages.map(({ locations }) => locations.map(({ path }) => path))).toEqual([
      ["a/node_modules/a/package.json", "b/node_modules/a/package.json"],
    ]);
    expect(problems).toEqual([
      "/x/node_modules/c/package.json: is a hard link to /store/123, of which nothing was read",
    ]);
  });
});

describe("a lockfile of npm", () => {
  const PACKAGES = {
    "": { name: "app", version: "1.0.0" },
    "node_modules/a": { version: "1.0.0", integrity: INTEGRITY, license: "MIT" },
    "node_modules/a/node_modules/@x/b": { version: "2.0.0" },
    "node_modules/alias": { name: "real", version: "3.0.0" },
    "node_modules/dev": { version: "4.0.0", dev: true },
    "node_modules/ws": { resolved: "packages/ws", link: true },
    "packages/ws": { version: "5.0.0" },
  };

  it("counts where nothing is installed beside it, less what is for development", async () => {
    const { packages } = await inventoryOf([lock("app/package-lock.json", PACKAGES)]);
    expect(names(packages)).toEqual(["@x/b@2.0.0", "a@1.0.0", "real@3.0.0"]);
    expect(packages[1]).toMatchObject({
      licenses: ["MIT"],
      foundBy: "npm-lockfile",
      hashes: [{ algorithm: "SHA-512", value: SHA512.toString("hex") }],
      locations: [{ path: "app/package-lock.json", layer: 0 }],
    });
  });

  it("does not count beside what is installed, unless that was deleted", async () => {
    const a = manifest("app/node_modules/a", { name: "a", version: "0.9.0" });
    const beside = await inventoryOf([lock("app/package-lock.json", PACKAGES)], [a]);
    expect(names(beside.packages)).toEqual(["a@0.9.0"]);
    const deleted = await inventoryOf(
      [lock("app/package-lock.json", PACKAGES), a],
      [file("app/.wh.node_modules")],
    );
    expect(names(deleted.packages)).toEqual(["@x/b@2.0.0", "a@1.0.0", "real@3.0.0"]);
  });

  it("is read in its first version too, however deep", async () => {
    const deep = Array.from({ length: 50 }).reduce<object>(
      (dependencies) => ({ d: { version: "2.0.0", dependencies } }),
      { last: { version: "3.0.0" } },
    );
    const text = JSON.stringify({
      lockfileVersion: 1,
      dependencies: { "@x/a": { version: "1.0.0" }, ...deep },
    });
    const { packages } = await inventoryOf([file("npm-shrinkwrap.json", text)]);
    expect(names(packages)).toEqual(["@x/a@1.0.0", "d@2.0.0", "last@3.0.0"]);
  });
});

describe("hostile npm packages", () => {
  it.each([
    ["no JSON", "{"],
    ["a list", "[1]"],
    ["null", "null"],
    ["deep beyond reason", `${"[".repeat(200_000)}${"]".repeat(200_000)}`],
    ["cut in the middle of a character", Buffer.of(0x7b, 0x22, 0xe2, 0x82)],
  ])("are told of: %s", async (_, content) => {
    const { packages, problems } = await inventoryOf([
      file("node_modules/a/package.json", content),
      manifest("node_modules/b", { name: "b", version: "1.0.0" }),
    ]);
    expect(names(packages)).toEqual(["b@1.0.0"]);
    expect(problems).toEqual([
      expect.stringMatching(/^\/node_modules\/a\/package\.json: expected (a )?JSON/),
    ]);
  });

  it("cannot pass for others by fields of their prototype or other types", async () => {
    const { packages, problems } = await inventoryOf([
      file(
        "node_modules/a/package.json",
        '{"__proto__": {"name": "a", "version": "1.0.0"}, "license": "MIT"}',
      ),
      manifest("node_modules/b", { name: ["b"], version: { toString: "1" } }),
      file("package-lock.json", '{"packages": {"__proto__": {"version": "1"}, "node_modules/": {}}}'),
    ]);
    expect({ packages, problems }).toEqual({ packages: [], problems: [] });
  });

  it("nested without end are told of", async () => {
    const text = `${'{"dependencies":{"a":'.repeat(200)}{"version":"1.0.0"}${"}}".repeat(200)}`;
    const { problems } = await inventoryOf([file("package-lock.json", text)]);
    expect(problems).toEqual(["/package-lock.json: is more than 100 levels deep"]);
  });

  it("that are huge are told of by name", async () => {
    const { problems } = await inventoryOf([
      file("node_modules/a/package.json", Buffer.alloc((4 << 20) + 1, " ")),
    ]);
    expect(problems).toEqual(["/node_modules/a/package.json: expected at most 4194304 bytes, found 4194305"]);
  });
});
