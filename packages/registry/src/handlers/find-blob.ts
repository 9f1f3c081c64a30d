import { MediaType } from "@seaworthy/oci";
import type { Descriptor } from "@seaworthy/oci";
import { ApiError } from "../api-error.ts";
import type { Registry, RegistryContext } from "../context.ts";
import { digestParameter, nameOf } from "../parameters.ts";

/** @throws ApiError 404 BLOB_UNKNOWN */
export async function findBlob({ store }: Registry, c: RegistryContext): Promise<Descriptor> {
  nameOf(c);
  const digest = digestParameter(c.req.param("digest"));
  const size = await store.sizeOf(digest);
  if (size === undefined) throw new ApiError(404, "BLOB_UNKNOWN", `${digest} is not there`);
  return { mediaType: MediaType.octets, digest, size };
}

export function blobHeaders({ digest, mediaType }: Descriptor): Record<string, string> {
  return {
    "content-type": mediaType,
    "docker-content-digest": digest,
    etag: `"${digest}"`,
    "accept-ranges": "bytes",
    "cache-control": "max-age=31536000, immutable",
    "x-content-type-options": "nosniff",
  };
}
