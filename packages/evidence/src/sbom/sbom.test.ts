import { readFileSync } from "node:fs";
import { Version } from "@cyclonedx/cyclonedx-library/Spec";
import { JsonStrictValidator } from "@cyclonedx/cyclonedx-library/Validation";
import { memoryStore } from "@seaworthy/oci";
import { Ajv } from "ajv";
import formats from "ajv-formats";
import parseLicence from "spdx-expression-parse";
import { describe, expect, it } from "vitest";
import { file, imageOf } from "../../test/image.ts";
import { takeInventory } from "../inventory/take-inventory.ts";
import { toCycloneDx } from "./cyclonedx.ts";
import { toSpdx } from "./spdx.ts";

const STATUS = `Package: zlib1g
Status: install ok installed
Maintainer: Mark Brown <broonie@debian.org>
Architecture: amd64
Source: zlib (1:1.3-1)
Version: 1:1.3-2
`;
const COPYRIGHT = `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
License: Zlib

Files: contrib/*
License: GPL-2+ or my own
`;
const NAME = "ghcr.io/acme/app";

const manifest = (fields: object): string => JSON.stringify({ name: "a", version: "1.0.0", ...fields });
const installed = (name: string, fields: object) =>
  file(`app/node_modules/${name}/package.json`, manifest({ name, ...fields }));

async function made(created: string | undefined = "2026-11-24T09:15:44.123Z") {
  const store = memoryStore();
  const image = await imageOf(
    store,
    [
      [
        file("etc/os-release", 'ID=debian\nVERSION_ID="13"\nPRETTY_NAME="Debian GNU/Linux 13 (trixie)"\n'),
        file("var/lib/dpkg/status", STATUS),
        file("usr/share/doc/zlib1g/copyright", COPYRIGHT),
      ],
      [
        installed("one", { license: "MIT", author: "The One Team <one@example.org>" }),
        installed("both", { license: "(MIT OR Apache-2.0)", author: { name: "Ann" } }),
        installed("@own/words", { license: "SEE LICENSE IN LICENSE.md" }),
        installed("refers", { license: "LicenseRef-elsewhere" }),
        installed("none", {}),
        file("app/node_modules/bad/package.json", "{"),
      ],
    ],
    {
      ...(created !== undefined && { created }),
      history: [
        { created_by: "COPY root/ /\t# buildkit" },
        { created_by: "ENV A=1", empty_layer: true },
        { created_by: "RUN npm ci" },
      ],
    },
  );
  return { image, inventory: await takeInventory(store, image) };
}

interface SpdxPackage {
  readonly SPDXID: string;
  readonly name: string;
  readonly licenseDeclared: string;
  readonly sourceInfo?: string;
  readonly supplier: string;
}

interface Spdx {
  readonly documentNamespace: string;
  readonly creationInfo: { readonly created: string; readonly comment: string };
  readonly packages: readonly SpdxPackage[];
  readonly relationships: readonly {
    readonly spdxElementId: string;
    readonly relationshipType: string;
    readonly relatedSpdxElement: string;
  }[];
  readonly hasExtractedLicensingInfos: readonly {
    readonly licenseId: string;
    readonly extractedText: string;
  }[];
}

describe("an SPDX document", async () => {
  const { image, inventory } = await made();
  const spdx = toSpdx(image, inventory, { name: NAME }) as Spdx;
  const named = new Map(spdx.packages.map((each) => [each.name, each]));

  it("is valid against the schema of SPDX 2.3", () => {
    const url = new URL("../../test/spdx-2.3/spdx-schema.json", import.meta.url);
    const ajv = new Ajv({ allErrors: true, strict: false });
    formats.default(ajv);
    const validate = ajv.compile(JSON.parse(readFileSync(url, "utf8")) as object);
    validate(spdx);
    expect(validate.errors).toBeNull();
  });

  it("holds what the schema cannot say: ids are unique, relationships lead to elements, licences are expressions", () => {
    const ids = ["SPDXRef-DOCUMENT", ...spdx.packages.map(({ SPDXID }) => SPDXID)];
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !/^SPDXRef-[A-Za-z0-9.-]+$/.test(id))).toEqual([]);
    const ends = spdx.relationships.flatMap((each) => [each.spdxElementId, each.relatedSpdxElement]);
    expect(new Set(ends)).toEqual(new Set(ids));
    const texts = new Set(spdx.hasExtractedLicensingInfos.map(({ licenseId }) => licenseId));
    const declared = spdx.packages
      .map(({ licenseDeclared }) => licenseDeclared)
      .filter((each) => each !== "NOASSERTION");
    expect(() => declared.map(parseLicence)).not.toThrow();
    const references = declared.flatMap((each) => each.match(/LicenseRef-[\w.-]+/g) ?? []);
    expect(new Set(references)).toEqual(texts);
  });

  it("describes the image by digest and lists the distribution and each package in it", () => {
    expect(spdx.packages[0]).toMatchObject({
      name: NAME,
      versionInfo: image.manifest.digest,
      externalRefs: [
        {
          referenceLocator: `pkg:oci/app@${image.manifest.digest}?arch=amd64&repository_url=ghcr.io%2Facme%2Fapp`,
        },
      ],
    });
    expect(spdx.packages.map(({ name }) => name)).toEqual([
      NAME,
      "debian",
      "zlib1g",
      "@own/words",
      "both",
      "none",
      "one",
      "refers",
    ]);
  });

  it("says which layer brought a package, with the instruction that made it", () => {
    const [layer] = image.layers;
    expect(named.get("zlib1g")).toMatchObject({
      versionInfo: "1:1.3-2",
      comment: "source package: zlib 1:1.3-1",
      sourceInfo: `found by dpkg: /var/lib/dpkg/status in layer 1 of 2 (${layer!.digest}, diff id ${image.config.rootfs.diff_ids[0]}), made by: COPY root/ / # buildkit`,
    });
    expect(named.get("one")?.sourceInfo).toMatch(/package\.json in layer 2 of 2 .* made by: RUN npm ci$/);
  });

  it("keeps listed licences and refers to what packages say in words of their own", () => {
    const own = spdx.hasExtractedLicensingInfos.map(({ extractedText }) => extractedText);
    expect(own.toSorted()).toEqual(["GPL-2+ or my own", "LicenseRef-elsewhere", "SEE LICENSE IN LICENSE.md"]);
    expect(named.get("both")?.licenseDeclared).toBe("(MIT OR Apache-2.0)");
    expect(named.get("zlib1g")?.licenseDeclared).toMatch(/^Zlib AND LicenseRef-GPL-2-or-my-own-[0-9a-f]{8}$/);
    expect(named.get("none")?.licenseDeclared).toBe("NOASSERTION");
  });

  it("names suppliers as persons or organisations", () => {
    expect(["zlib1g", "one", "both", "none"].map((name) => named.get(name)?.supplier)).toEqual([
      "Person: Mark Brown (broonie@debian.org)",
      "Organization: The One Team (one@example.org)",
      "Person: Ann",
      "NOASSERTION",
    ]);
  });

  it("is as old as the image and tells what could not be read", async () => {
    expect(spdx.creationInfo).toMatchObject({
      created: "2026-11-24T09:15:44Z",
      comment: "not read: /app/node_modules/bad/package.json: expected JSON, found something else",
    });
    const timeless = await made("never");
    const other = toSpdx(timeless.image, timeless.inventory) as Spdx;
    expect(other.creationInfo.created).toBe("1970-01-01T00:00:00Z");
  });

  it("is the same bytes for the same image, and has another name for another", async () => {
    const again = await made();
    expect(JSON.stringify(toSpdx(again.image, again.inventory, { name: NAME }))).toBe(JSON.stringify(spdx));
    const other = await made("2026-11-25T00:00:00Z");
    const document = toSpdx(other.image, other.inventory, { name: NAME }) as Spdx;
    expect(document.documentNamespace).not.toBe(spdx.documentNamespace);
  });
});

interface Component {
  readonly name: string;
  readonly licenses?: readonly object[];
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
}

interface CycloneDx {
  readonly serialNumber: string;
  readonly metadata: { readonly timestamp: string; readonly component: Component } & Component;
  readonly components: readonly Component[];
}

describe("a CycloneDX document", async () => {
  const { image, inventory } = await made();
  const bom = toCycloneDx(image, inventory, { name: NAME }) as CycloneDx;
  const named = new Map(bom.components.map((each) => [each.name, each]));
  const valuesOf = (component: Component | undefined, name: string) =>
    component?.properties?.filter((each) => each.name === `seaworthy:${name}`).map(({ value }) => value);

  it("is valid against the strict schema of CycloneDX 1.6", async () => {
    expect(await new JsonStrictValidator(Version.v1dot6).validate(JSON.stringify(bom))).toBeNull();
  });

  it("is about the image, with its digest and its layers", () => {
    const { component, timestamp } = bom.metadata;
    expect(timestamp).toBe("2026-11-24T09:15:44.000Z");
    expect(component).toMatchObject({
      type: "container",
      name: NAME,
      version: image.manifest.digest,
      hashes: [{ alg: "SHA-256", content: image.manifest.digest.slice("sha256:".length) }],
    });
    expect(valuesOf(component, "layer:0:createdBy")).toEqual(["COPY root/ / # buildkit"]);
    expect(valuesOf(component, "layer:1:digest")).toEqual([image.layers[1]!.digest]);
    expect(valuesOf(bom.metadata, "problem")).toHaveLength(1);
  });

  it("says which layer brought a component", () => {
    expect(valuesOf(named.get("zlib1g"), "layer:digest")).toEqual([image.layers[0]!.digest]);
    expect(valuesOf(named.get("one"), "layer:diffId")).toEqual([image.config.rootfs.diff_ids[1]]);
    expect(valuesOf(named.get("one"), "location")).toEqual(["/app/node_modules/one/package.json"]);
  });

  it("takes a licence for an id, an expression or words, whichever it is", () => {
    const declared = { acknowledgement: "declared" };
    expect(["one", "both", "@own/words", "none"].map((name) => named.get(name)?.licenses)).toEqual([
      [{ license: { id: "MIT", ...declared } }],
      [{ expression: "(MIT OR Apache-2.0)", ...declared }],
      [{ license: { name: "SEE LICENSE IN LICENSE.md", ...declared } }],
      undefined,
    ]);
    expect(named.get("zlib1g")?.licenses).toEqual([
      { license: { name: "GPL-2+ or my own", ...declared } },
      { license: { id: "Zlib", ...declared } },
    ]);
  });

  it("is the same bytes for the same image, and has another serial number for another", async () => {
    const again = await made();
    expect(JSON.stringify(toCycloneDx(again.image, again.inventory, { name: NAME }))).toBe(
      JSON.stringify(bom),
    );
    const other = await made("2026-11-25T00:00:00Z");
    const document = toCycloneDx(other.image, other.inventory, { name: NAME }) as CycloneDx;
    expect(document.serialNumber).not.toBe(bom.serialNumber);
  });
});
