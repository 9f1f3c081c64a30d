import type { Descriptor } from "../descriptor.ts";
import type { Digest } from "../digest.ts";
import { hexOf } from "../digest.ts";
import type { Index } from "../manifest.ts";
import { isIndexType, isManifestType, MediaType } from "../media-type.ts";
import { parseJson, present } from "./json.ts";
import { parseIndex, parseManifest } from "./parse.ts";

/** What a manifest with a `subject` adds to that subject's list. */
export interface Referrer {
  readonly subject: Digest;
  /** With `artifactType` and annotations as the distribution spec wants them in the referrers list. */
  readonly descriptor: Descriptor;
}

/**
 * Undefined where the manifest has no subject.
 * @throws OciError `invalid-manifest` where it is none
 */
export function referrerOf(target: Descriptor, bytes: Uint8Array): Referrer | undefined {
  const { mediaType, digest, size } = target;
  const what = `${isIndexType(mediaType) ? "index" : "manifest"} ${digest}`;
  const document = isIndexType(mediaType) ? parseIndex(bytes, what) : parseManifest(bytes, what);
  if (document.subject === undefined) return undefined;
  // An index has no config to fall back to; an empty type counts as none.
  const config = "config" in document ? document.config.mediaType : undefined;
  const artifactType =
    document.artifactType === undefined || document.artifactType === "" ? config : document.artifactType;
  const descriptor = { mediaType, digest, size };
  return {
    subject: document.subject.digest,
    descriptor: { ...descriptor, ...present({ artifactType, annotations: document.annotations }) },
  };
}

/** Media type of a document without a descriptor that says so; undefined where it is no manifest. */
export function sniffManifestType(bytes: Uint8Array): string | undefined {
  try {
    const fields = parseJson(bytes, { code: "invalid-manifest", what: "manifest", path: "" });
    const declared = fields["mediaType"];
    if (fields["schemaVersion"] !== 2) return undefined;
    if (typeof declared === "string" && (isManifestType(declared) || isIndexType(declared))) return declared;
    if (Array.isArray(fields["manifests"])) return MediaType.index;
    return Array.isArray(fields["layers"]) && "config" in fields ? MediaType.manifest : undefined;
  } catch {
    return undefined;
  }
}

const FALLBACK = /^sha256-[0-9a-f]{64}$/;

/** The tag that holds the referrers of a subject (distribution spec, "referrers tag schema"). */
export function referrersTag(subject: Digest): string {
  return `sha256-${hexOf(subject)}`;
}

export function isReferrersTag(tag: string): boolean {
  return FALLBACK.test(tag);
}

export function referrersIndex(manifests: readonly Descriptor[]): Buffer {
  const index: Index = { schemaVersion: 2, mediaType: MediaType.index, manifests };
  return Buffer.from(JSON.stringify(index));
}
