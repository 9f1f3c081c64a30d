import type { Descriptor } from "@seaworthy/oci";
import { ApiError } from "../api-error.ts";
import type { Registry, RegistryContext } from "../context.ts";
import { nameOf, referenceOf } from "../parameters.ts";

/** @throws ApiError 404 MANIFEST_UNKNOWN, also for a client that says it cannot read this kind */
export async function findManifest({ store }: Registry, c: RegistryContext): Promise<Descriptor> {
  const name = nameOf(c);
  const reference = referenceOf(c);
  const found = await store.repository(name).resolve(reference);
  if (found === undefined) throw new ApiError(404, "MANIFEST_UNKNOWN", `${name}: ${reference} is not there`);
  if (accepts(c.req.header("accept"), found.mediaType)) return found;
  throw new ApiError(
    404,
    "MANIFEST_UNKNOWN",
    `${name}: ${reference} is ${found.mediaType}, which is not accepted`,
  );
}

/** Qualities are not weighed: there is only one form of each manifest. */
function accepts(header: string | undefined, mediaType: string): boolean {
  if (header === undefined || header.trim() === "") return true;
  const types = header.split(",").map((part) => part.split(";")[0]!.trim().toLowerCase());
  return types.some((type) => type === mediaType || type === "*/*" || type === "application/*");
}

export function manifestHeaders({ mediaType, digest, size }: Descriptor): Record<string, string> {
  return {
    "content-type": mediaType,
    "content-length": String(size),
    "docker-content-digest": digest,
    etag: `"${digest}"`,
    "x-content-type-options": "nosniff",
  };
}
