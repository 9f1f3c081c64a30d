import { createHash } from "node:crypto";
import type { StoredImage } from "@seaworthy/oci";
import type { Distro, Inventory, Package } from "../inventory/package.ts";
import { type LayerOrigin, layerOrigins } from "./layer-origins.ts";
import { type SpdxLicences, spdxLicences } from "./spdx-licences.ts";
import { type SbomOptions, type Subject, subjectOf } from "./subject.ts";

const DOCUMENT = "SPDXRef-DOCUMENT";
const IMAGE = "SPDXRef-Image";
const NONE = "NOASSERTION";
const TOOL = "Tool: seaworthy";

/** What every package has in common: its files are not listed, and nobody concluded anything. */
const COMMON = {
  downloadLocation: NONE,
  filesAnalyzed: false,
  licenseConcluded: NONE,
  copyrightText: NONE,
} as const;

/**
 * The inventory of an image as an SPDX 2.3 document (https://spdx.github.io/spdx-spec/v2.3/): the document describes the
 * image, the image contains packages, each of which says which layer brought it. The same image, the same document.
 */
export function toSpdx(image: StoredImage, inventory: Inventory, options: SbomOptions = {}): object {
  const subject = subjectOf(image, inventory, options);
  const layers = layerOrigins(image);
  const licences = spdxLicences(inventory.packages);
  const packages = inventory.packages.map((found) => toPackage(found, layers, licences));
  const distro = inventory.distro === undefined ? [] : [toSystem(inventory.distro)];
  const contained = [...distro, ...packages];
  return {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: DOCUMENT,
    name: `${subject.name}@${subject.digest} ${subject.platform}`,
    documentNamespace: `https://seaworthy.dev/spdxdocs/${subject.sha256}-${subject.uuid}`,
    creationInfo: { created: subject.created, creators: [TOOL], ...commentOn(inventory) },
    packages: [toImage(subject), ...contained],
    ...(licences.texts.length > 0 && { hasExtractedLicensingInfos: licences.texts }),
    relationships: [
      relationship(DOCUMENT, "DESCRIBES", IMAGE),
      ...contained.map(({ SPDXID }) => relationship(IMAGE, "CONTAINS", SPDXID)),
    ],
  };
}

function relationship(from: string, relationshipType: string, to: string): object {
  return { spdxElementId: from, relationshipType, relatedSpdxElement: to };
}

/** What a reader has to know of how complete this is. */
function commentOn({ merged, problems }: Inventory): { readonly comment?: string } {
  const lines = [
    ...merged.map(({ path, format, packages }) => `took over ${packages} packages of /${path} (${format})`),
    ...problems.map((problem) => `not read: ${problem}`),
  ];
  return lines.length === 0 ? {} : { comment: lines.join("\n") };
}

function toImage({ name, digest, sha256, platform, purl }: Subject) {
  return {
    SPDXID: IMAGE,
    name,
    versionInfo: digest,
    primaryPackagePurpose: "CONTAINER",
    supplier: NONE,
    ...COMMON,
    licenseDeclared: NONE,
    checksums: [{ algorithm: "SHA256", checksumValue: sha256 }],
    comment: `image for ${platform}`,
    ...(purl !== undefined && { externalRefs: [purlReference(purl)] }),
  };
}

function toSystem({ id, version, name }: Distro) {
  return {
    SPDXID: "SPDXRef-OperatingSystem",
    name: id,
    ...(version !== undefined && { versionInfo: version }),
    primaryPackagePurpose: "OPERATING_SYSTEM",
    supplier: NONE,
    ...COMMON,
    licenseDeclared: NONE,
    ...(name !== undefined && { summary: name }),
  };
}

function toPackage(found: Package, layers: readonly LayerOrigin[], licences: SpdxLicences) {
  const { name, version, purl, supplier, source, hashes } = found;
  const checksums = hashes.map(({ algorithm, value }) => ({
    algorithm: algorithm.replace("SHA-", "SHA"),
    checksumValue: value,
  }));
  return {
    SPDXID: idOf(found),
    name,
    versionInfo: version,
    supplier: supplier === undefined ? NONE : agentOf(supplier),
    ...COMMON,
    licenseDeclared: licences.declaredBy(found),
    sourceInfo: provenanceOf(found, layers),
    externalRefs: [purlReference(purl)],
    ...(checksums.length > 0 && { checksums }),
    ...(source !== undefined && { comment: `source package: ${source.name} ${source.version}` }),
  };
}

function purlReference(purl: string): object {
  return { referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: purl };
}

/** Letters, digits, `.` and `-` only (SPDX 2.3, 7.2); the hash keeps names apart that differ in the rest. */
function idOf({ type, name, version, purl }: Package): string {
  const words = `${type}-${name}-${version}`.replaceAll(/[^A-Za-z0-9.]+/g, "-").slice(0, 80);
  return `SPDXRef-${words}-${createHash("sha256").update(purl).digest("hex").slice(0, 12)}`;
}

/** SPDX asks who is a person. Groups mostly call themselves something of the kind. */
function agentOf(supplier: string): string {
  const [, name = supplier, address] = /^([^<(]+?)\s*[<(]([^<>()\s]+)[>)]/.exec(supplier) ?? [];
  const isGroup =
    /\b(?:team|maintainers?|group|project|developers|foundation|packagers?|inc|llc|corp\w*|ltd|gmbh|authors)\b/i;
  const kind = isGroup.test(name) ? "Organization" : "Person";
  return `${kind}: ${name}${address === undefined ? "" : ` (${address})`}`;
}

/** Where it was found, by what, and the layer that brought it with the instruction that made that. */
function provenanceOf({ foundBy, locations }: Package, layers: readonly LayerOrigin[]): string {
  const places = locations.map(({ path, layer }) => {
    const { digest, diffId, createdBy } = layers[layer] ?? {};
    const by = createdBy === undefined ? "" : `, made by: ${createdBy}`;
    return `/${path} in layer ${layer + 1} of ${layers.length} (${digest}, diff id ${diffId})${by}`;
  });
  return `found by ${foundBy}: ${places.join("; ")}`;
}
