import { isIndexType, parseIndex, parseManifest } from "@seaworthy/oci";
import type { Descriptor, Index, Manifest } from "@seaworthy/oci";
import { ApiError } from "../api-error.ts";
import type { RegistryStore } from "../store.ts";

/** Layers that are had from elsewhere by licence, and need not be here (image spec, "Non-Distributable Layers"). */
const ELSEWHERE = /nondistributable|\.foreign\./;

/**
 * That the document is what it says, and that everything it is made of is here. A subject may come later.
 * @throws ApiError MANIFEST_INVALID, MANIFEST_BLOB_UNKNOWN
 */
export async function checkReferences(
  store: RegistryStore,
  target: Descriptor,
  bytes: Buffer,
): Promise<void> {
  const document = isIndexType(target.mediaType) ? parseIndex(bytes) : parseManifest(bytes);
  if (document.mediaType !== undefined && document.mediaType !== target.mediaType) {
    throw new ApiError(
      400,
      "MANIFEST_INVALID",
      `sent as ${target.mediaType}, but its mediaType is ${document.mediaType}`,
    );
  }
  for (const { digest, size, mediaType } of parts(document)) {
    const found = ELSEWHERE.test(mediaType) ? size : await store.sizeOf(digest);
    if (found === undefined) {
      throw new ApiError(404, "MANIFEST_BLOB_UNKNOWN", `${digest} is not there; push it first`, {
        detail: { digest },
      });
    }
    if (found !== size) {
      throw new ApiError(
        400,
        "MANIFEST_INVALID",
        `${digest}: expected ${found} bytes, the manifest says ${size}`,
      );
    }
  }
}

function parts(document: Manifest | Index): readonly Descriptor[] {
  return "manifests" in document ? document.manifests : [document.config, ...document.layers];
}
