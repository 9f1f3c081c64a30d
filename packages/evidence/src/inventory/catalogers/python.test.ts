import { describe, expect, it } from "vitest";
import { file, inventoryOf } from "../../../test/image.ts";

const SITE = "usr/lib/python3/site-packages";
const metadata = (...lines: readonly string[]): string =>
  ["Metadata-Version: 2.4", ...lines, "", "About: it"].join("\n");

describe("Python packages", () => {
  it.each(["Django-5.2.dist-info/METADATA", "Django-5.2.egg-info/PKG-INFO", "Django-5.2.egg-info"])(
    "come from %s",
    async (path) => {
      const text = metadata(
        "Name: Django_Rest",
        "Version: 5.2.1",
        "Author: DSF",
        "License-Expression: BSD-3-Clause",
      );
      const { packages, problems } = await inventoryOf([file(`${SITE}/${path}`, text)]);
      expect(problems).toEqual([]);
      expect(packages).toEqual([
        {
          type: "pypi",
          name: "Django_Rest",
          version: "5.2.1",
          purl: "pkg:pypi/django-rest@5.2.1",
          licenses: ["BSD-3-Clause"],
          supplier: "DSF",
          hashes: [],
          locations: [{ path: `${SITE}/${path}`, layer: 0 }],
          foundBy: "python",
        },
      ]);
    },
  );

  it.each<[string, readonly string[], readonly string[]]>([
    ["the old field", ["License: MIT"], ["MIT"]],
    [
      "classifiers",
      ["Classifier: Topic :: A", "Classifier: License :: OSI Approved :: MIT License"],
      ["MIT License"],
    ],
    ["no text of a licence", ["License: Permission is", "        hereby granted"], []],
    ["nothing that is unknown", ["License: UNKNOWN", "Author: UNKNOWN"], []],
  ])("have the licence of %s", async (_, lines, expected) => {
    const text = metadata("Name: a", "Version: 1", ...lines);
    const { packages } = await inventoryOf([file(`${SITE}/a.dist-info/METADATA`, text)]);
    expect(packages.map(({ licenses, supplier }) => [licenses, supplier])).toEqual([[expected, undefined]]);
  });

  it("are read at the beginning of a long description", async () => {
    const text = metadata("Name: a", "Version: 1", "", "x".repeat(2 << 20));
    const { packages } = await inventoryOf([file(`${SITE}/a.dist-info/METADATA`, text)]);
    expect(packages).toHaveLength(1);
  });

  it("are told of where they have no name", async () => {
    const { packages, problems } = await inventoryOf([
      file(`${SITE}/a.dist-info/METADATA`, "\nName: after the header\nVersion: 1"),
      file(`${SITE}/b.dist-info/METADATA`, metadata("Name: b")),
      file(`${SITE}/c.dist-info/METADATA`, ""),
      file(`${SITE}/d.dist-info/METADATA`, metadata("Name: d", "Version: 1;\u001b[2J")),
    ]);
    expect(packages).toEqual([]);
    expect(problems).toEqual([
      `/${SITE}/a.dist-info/METADATA: pypi package left out: expected a name, found "after the header"`,
      `/${SITE}/b.dist-info/METADATA: expected Name and Version, found none`,
      `/${SITE}/d.dist-info/METADATA: pypi package left out: expected a version of "d", found "1;\\u001b[2J"`,
    ]);
  });
});
