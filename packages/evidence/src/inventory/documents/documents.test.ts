import { describe, expect, it } from "vitest";
import { file, inventoryOf, link } from "../../../test/image.ts";

const SHA256 = "ab".repeat(32);
const bom = (path: string, components: unknown, more: object = {}) =>
  file(path, JSON.stringify({ bomFormat: "CycloneDX", specVersion: "1.6", components, ...more }));
const spdx = (path: string, packages: readonly object[], more: object = {}) =>
  file(path, JSON.stringify({ spdxVersion: "SPDX-2.3", packages, ...more }));
const purl = (referenceLocator: string) => ({
  externalRefs: [{ referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator }],
});
const at = (...places: readonly string[]) => ({
  evidence: { occurrences: places.map((location) => ({ location })) },
});
const library = (name: string, more: object = {}) => ({
  type: "library",
  name,
  purl: `pkg:npm/${name}@1.0.0`,
  ...more,
});
const DPKG = file("var/lib/dpkg/status.d/zlib1g", "Package: zlib1g\nVersion: 1:1.3\nArchitecture: amd64\n\n");
const DEBIAN = file("etc/os-release", "ID=debian\nVERSION_ID=13\n");

describe("a CycloneDX document in an image", () => {
  it("is merged and named: components of any depth, with licence, supplier and hashes", async () => {
    const nested = library("b", {
      licenses: [{ expression: "MIT OR ISC" }],
      publisher: "Bee",
      hashes: [
        { alg: "SHA-256", content: SHA256.toUpperCase() },
        { alg: "BLAKE3", content: SHA256 },
        { alg: "SHA-1", content: SHA256 },
      ],
    });
    const { packages, merged, problems } = await inventoryOf([
      bom("app/main.cdx.json", [
        library("a", {
          licenses: [{ license: { id: "MIT" } }, { license: { name: "Own" } }],
          supplier: { name: "Ann" },
          components: [nested],
        }),
        { type: "file", name: "x" },
      ]),
    ]);
    const common = { type: "npm", version: "1.0.0", foundBy: "sbom" };
    const locations = [{ path: "app/main.cdx.json", layer: 0 }];
    expect(packages).toEqual([
      {
        ...common,
        locations,
        name: "a",
        purl: "pkg:npm/a@1.0.0",
        licenses: ["MIT", "Own"],
        supplier: "Ann",
        hashes: [],
      },
      {
        ...common,
        locations,
        name: "b",
        purl: "pkg:npm/b@1.0.0",
        licenses: ["MIT OR ISC"],
        supplier: "Bee",
        hashes: [{ algorithm: "SHA-256", value: SHA256 }],
      },
    ]);
    expect(merged).toEqual([{ path: "app/main.cdx.json", format: "CycloneDX 1.6", packages: 2 }]);
    expect(problems).toEqual([]);
  });

  it.each(["sbom.json", "opt/x/bom.json", "usr/share/sbom/x.cdx.json"])(
    "is looked for in %s",
    async (path) => {
      const { merged } = await inventoryOf([bom(path, [library("a")])]);
      expect(merged).toEqual([{ path, format: "CycloneDX 1.6", packages: 1 }]);
    },
  );

  it("completes what was found in the image and does not list it twice", async () => {
    const { packages, merged } = await inventoryOf([
      DEBIAN,
      DPKG,
      bom("x.cdx.json", [
        {
          type: "library",
          name: "zlib",
          purl: "pkg:deb/debian/zlib1g@1%3A1.3?upstream=zlib",
          supplier: { name: "Mark" },
          licenses: [{ license: { id: "Zlib" } }],
          hashes: [{ alg: "SHA-256", content: SHA256 }],
        },
      ]),
    ]);
    expect(packages).toEqual([
      expect.objectContaining({
        name: "zlib1g",
        purl: "pkg:deb/debian/zlib1g@1:1.3?arch=amd64&distro=debian-13",
        foundBy: "dpkg",
        supplier: "Mark",
        licenses: ["Zlib"],
        hashes: [{ algorithm: "SHA-256", value: SHA256 }],
        locations: [{ path: "var/lib/dpkg/status.d/zlib1g", layer: 0 }],
      }),
    ]);
    expect(merged).toMatchObject([{ packages: 1 }]);
  });

  it("adds no package of a kind of which the image has a database: it may be gone since", async () => {
    const old = { type: "library", name: "gone", purl: "pkg:deb/debian/gone@1?arch=amd64" };
    const foreign = { ...old, purl: "pkg:deb/debian/zlib1g@1%3A1.3?arch=arm64" };
    const beside = await inventoryOf([DEBIAN, DPKG, bom("x.cdx.json", [old, foreign])]);
    expect(beside.packages.map(({ name }) => name)).toEqual(["zlib1g"]);
    expect(beside.merged).toMatchObject([{ packages: 0 }]);
    const alone = await inventoryOf([bom("x.cdx.json", [old])]);
    expect(alone.packages.map(({ name }) => name)).toEqual(["gone"]);
  });

  it("counts for the places it names as long as something is there, in the layer that brought it", async () => {
    const { packages } = await inventoryOf(
      [
        bom("usr/share/sbom/base.cdx.json", [
          library("node", at("/nodejs/bin/node")),
          library("linked", at("/lib/linked")),
          library("npm", at("/usr/lib/npm/package.json")),
          library("source", at("src/index.js#12")),
        ]),
        file("nodejs/bin/node"),
        file("usr/lib/linked"),
        link("lib", "usr/lib"),
        file("usr/lib/npm/package.json"),
      ],
      [file("usr/lib/.wh.npm"), file("nodejs/bin/node", "another")],
    );
    expect(packages.map(({ name, locations }) => [name, locations])).toEqual([
      ["linked", [{ path: "usr/lib/linked", layer: 0 }]],
      ["node", [{ path: "nodejs/bin/node", layer: 1 }]],
      ["source", [{ path: "usr/share/sbom/base.cdx.json", layer: 0 }]],
    ]);
  });

  it("may name packages of kinds that nobody here looks for, by their URL", async () => {
    const { packages } = await inventoryOf([
      bom("bom.json", [
        { type: "library", name: "x", purl: "pkg:nuget/Newtonsoft.Json@13.0.3" },
        { type: "platform", name: "y", purl: "pkg:generic/node@24.1.0" },
        { type: "application", name: "z", purl: "pkg:oci/z@sha256%3Aab" },
      ]),
    ]);
    expect(packages.map(({ type, name, purl: url }) => [type, name, url])).toEqual([
      ["generic", "node", "pkg:generic/node@24.1.0"],
      ["generic", "Newtonsoft.Json", "pkg:nuget/Newtonsoft.Json@13.0.3"],
    ]);
  });
});

describe("an SPDX document in an image", () => {
  it("is merged and named, less what it is about", async () => {
    const { packages, merged, problems } = await inventoryOf([
      spdx(
        "opt/bitnami/.spdx-redis.spdx",
        [
          { SPDXID: "SPDXRef-root", name: "root folder" },
          {
            SPDXID: "SPDXRef-redis",
            name: "redis",
            supplier: "Organization: Redis Ltd (x@example.org)",
            licenseConcluded: "NOASSERTION",
            licenseDeclared: "RSALv2",
            checksums: [{ algorithm: "SHA256", checksumValue: SHA256 }],
            ...purl("pkg:bitnami/redis@8.0.1-0?arch=amd64"),
          },
        ],
        {
          relationships: [
            {
              spdxElementId: "SPDXRef-DOCUMENT",
              relationshipType: "DESCRIBES",
              relatedSpdxElement: "SPDXRef-root",
            },
          ],
        },
      ),
    ]);
    expect(packages).toEqual([
      {
        type: "generic",
        name: "redis",
        version: "8.0.1-0",
        purl: "pkg:bitnami/redis@8.0.1-0?arch=amd64",
        supplier: "Redis Ltd",
        licenses: ["RSALv2"],
        hashes: [{ algorithm: "SHA-256", value: SHA256 }],
        locations: [{ path: "opt/bitnami/.spdx-redis.spdx", layer: 0 }],
        foundBy: "sbom",
      },
    ]);
    expect(merged).toEqual([{ path: "opt/bitnami/.spdx-redis.spdx", format: "SPDX-2.3", packages: 1 }]);
    expect(problems).toEqual([]);
  });
});

describe("a hostile document", () => {
  it.each<[string, string | Buffer, string]>([
    ["tag-value", "SPDXVersion: SPDX-2.3\n", "expected JSON, found something else"],
    ["other JSON", "{}", "expected an SBOM in CycloneDX or SPDX 2 JSON, found other JSON"],
    ["no UTF-8", Buffer.from([0x7b, 0xff, 0x7d]), "expected JSON, found something else"],
  ])("in %s is told of", async (_, content, problem) => {
    const { merged, problems } = await inventoryOf([file("x.spdx.json", content)]);
    expect(merged).toEqual([]);
    expect(problems).toEqual([`/x.spdx.json: ${problem}`]);
  });

  it("has what names no package counted and told", async () => {
    const nothings = [
      { type: "library", name: "no url", version: "1" },
      library("x", { purl: "pkg:npm/no-version" }),
      library("x", { purl: "not a url" }),
      library("x", { purl: `pkg:npm/a@1?x=${"y".repeat(3000)}` }),
      library("x", { purl: "pkg:npm/a%0Ab@1" }),
      "text",
      null,
    ];
    const { packages, problems } = await inventoryOf([
      bom("bom.json", nothings, { specVersion: { toString: 1 } }),
    ]);
    expect(packages).toEqual([]);
    expect(problems).toEqual([
      "/bom.json: 4 entries without a package URL and version were not taken over",
      '/bom.json: npm package left out: expected a name, found "a\\nb"',
    ]);
  });

  it("is read to any depth", async () => {
    const level = '{"type":"library","name":"a","purl":"pkg:npm/a@1","components":[';
    const text = `{"bomFormat":"CycloneDX","components":[${level.repeat(50_000)}${"]}".repeat(50_000)}]}`;
    const { packages, merged } = await inventoryOf([file("bom.json", text)]);
    expect(packages).toHaveLength(1);
    expect(merged).toMatchObject([{ format: "CycloneDX of no version", packages: 50_000 }]);
  });
});
