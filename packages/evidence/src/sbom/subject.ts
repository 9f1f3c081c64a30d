import { createHash } from "node:crypto";
import { type StoredImage, hexOf } from "@seaworthy/oci";
import { PackageURL } from "packageurl-js";
import type { Inventory } from "../inventory/package.ts";

export interface SbomOptions {
  /** What people call the image, without tag: `ghcr.io/acme/app`. */
  readonly name?: string;
}

/** The image as a document about it names it. Nothing here depends on when or where the document is written. */
export interface Subject {
  readonly name: string;
  readonly digest: string;
  readonly sha256: string;
  readonly platform: string;
  /** Where it can be had, if it has a name. */
  readonly purl?: string;
  /** When the image was made: `2026-11-24T09:15:44Z`; 1970 for one that does not say. */
  readonly created: string;
  /** A UUID for this image with this content. */
  readonly uuid: string;
}

export function subjectOf(image: StoredImage, inventory: Inventory, { name }: SbomOptions): Subject {
  const { digest } = image.manifest;
  return {
    name: name ?? digest,
    digest,
    sha256: hexOf(digest),
    platform: image.platform,
    created: timeOf(image.config.created),
    uuid: uuidOf(`${digest}\n${name ?? ""}\n${JSON.stringify(inventory)}`),
    ...(name !== undefined && { purl: purlOf(image, name) }),
  };
}

/** purl-spec, PURL-TYPES, "oci": the last part of the name is the package's. */
function purlOf({ manifest, config }: StoredImage, name: string): string {
  const base = name.slice(name.lastIndexOf("/") + 1);
  const qualifiers = { arch: config.architecture, repository_url: name };
  return new PackageURL("oci", undefined, base, manifest.digest, qualifiers, undefined).toString();
}

/** To the second, as SPDX wants it. */
function timeOf(created: string | undefined): string {
  const time = Date.parse(created ?? "");
  const date = new Date(Number.isNaN(time) ? 0 : Math.floor(time / 1000) * 1000);
  return date.toISOString().replace(".000", "");
}

/** RFC 9562, version 8: of whatever makes it unique. */
function uuidOf(text: string): string {
  const bytes = createHash("sha256").update(text).digest().subarray(0, 16);
  bytes[6] = 0x80 | (bytes[6]! & 0x0f);
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
