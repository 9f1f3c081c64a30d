import { checkRepository, checkTag, isDigest, OciError } from "@seaworthy/oci";
import type { Digest } from "@seaworthy/oci";
import { ApiError } from "./api-error.ts";
import type { RegistryContext } from "./context.ts";

/** `name` of the path, by the grammar that keeps it from being any other path. */
export function nameOf(c: RegistryContext): string {
  return checkedName(c.req.param("name") ?? "");
}

export function checkedName(name: string): string {
  try {
    checkRepository(name);
    return name;
  } catch (error) {
    throw new ApiError(400, "NAME_INVALID", error instanceof OciError ? error.message : "invalid name");
  }
}

export function digestParameter(text: string | undefined): Digest {
  if (isDigest(text)) return text;
  throw new ApiError(400, "DIGEST_INVALID", 'expected "sha256:" and 64 hex digits');
}

/** A tag or a digest. */
export function referenceOf(c: RegistryContext): string {
  const reference = c.req.param("reference") ?? "";
  if (isDigest(reference)) return reference;
  if (reference.includes(":"))
    throw new ApiError(400, "DIGEST_INVALID", 'expected "sha256:" and 64 hex digits');
  try {
    checkTag(reference);
    return reference;
  } catch (error) {
    throw new ApiError(400, "TAG_INVALID", error instanceof OciError ? error.message : "invalid tag");
  }
}
