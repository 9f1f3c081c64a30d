import type { Descriptor } from "../descriptor.ts";
import type { Digest } from "../digest.ts";
import type { Index, Manifest } from "../manifest.ts";
import { isIndexType, isManifestType } from "../media-type.ts";
import type { Platform } from "../platform.ts";
import { listOf, optional, parseJson, present, recordOf, required } from "./json.ts";
import { toDigest, toFields, toNonEmptyText, toSize, toText, wrong } from "./json.ts";
import type { Fields, Place, Reader } from "./json.ts";

const toPlatform: Reader<Platform> = (value, place) => {
  const fields = toFields(value, place);
  return {
    os: required(fields, "os", place, toText),
    architecture: required(fields, "architecture", place, toText),
    ...present({ variant: optional(fields, "variant", place, toText) }),
  };
};

export const toDescriptor: Reader<Descriptor> = (value, place) => {
  const fields = toFields(value, place);
  return {
    mediaType: required(fields, "mediaType", place, toNonEmptyText),
    digest: required<Digest>(fields, "digest", place, toDigest),
    size: required(fields, "size", place, toSize),
    ...present({
      platform: optional(fields, "platform", place, toPlatform),
      annotations: optional(fields, "annotations", place, recordOf(toText)),
      artifactType: optional(fields, "artifactType", place, toText),
    }),
  };
};

/**
 * An image manifest, OCI or Docker. Fields we do not know are dropped.
 * @throws OciError `invalid-manifest`, naming `what` and the path of the fault
 */
export function parseManifest(bytes: Uint8Array, what = "manifest"): Manifest {
  const place: Place = { code: "invalid-manifest", what, path: "" };
  const fields = parseJson(bytes, place);
  return {
    ...common(fields, place, isManifestType, "manifests"),
    config: required(fields, "config", place, toDescriptor),
    layers: required(fields, "layers", place, listOf(toDescriptor)),
  };
}

/**
 * An image index, or Docker's manifest list.
 * @throws OciError `invalid-manifest`
 */
export function parseIndex(bytes: Uint8Array, what = "index"): Index {
  return parseIndexAt(bytes, { code: "invalid-manifest", what, path: "" });
}

export function parseIndexAt(bytes: Uint8Array, place: Place): Index {
  const fields = parseJson(bytes, place);
  return {
    ...common(fields, place, isIndexType, "layers"),
    manifests: required(fields, "manifests", place, listOf(toDescriptor)),
  };
}

type Common = Omit<Manifest, "config" | "layers">;

function common(fields: Fields, place: Place, fits: (type: string) => boolean, foreign: string): Common {
  if (fields["schemaVersion"] !== 2) {
    throw wrong({ ...place, path: "schemaVersion" }, "2", fields["schemaVersion"]);
  }
  const mediaType = optional(fields, "mediaType", place, toText);
  // A document that is both manifest and index means different things to different readers (CVE-2021-41190).
  if (mediaType !== undefined && !fits(mediaType)) {
    throw wrong({ ...place, path: "mediaType" }, "the type it was stored as", mediaType);
  }
  if (Object.hasOwn(fields, foreign)) throw wrong({ ...place, path: foreign }, "nothing", fields[foreign]);
  return {
    schemaVersion: 2,
    ...present({
      mediaType,
      artifactType: optional(fields, "artifactType", place, toText),
      subject: optional(fields, "subject", place, toDescriptor),
      annotations: optional(fields, "annotations", place, recordOf(toText)),
    }),
  };
}
