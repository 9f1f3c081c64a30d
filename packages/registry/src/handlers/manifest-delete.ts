import { isDigest } from "@seaworthy/oci";
import { ApiError } from "../api-error.ts";
import type { Handle } from "../context.ts";
import { nameOf, referenceOf } from "../parameters.ts";

/** A tag is taken away; a digest goes with all its tags. */
export const deleteManifest: Handle = async ({ store }, c) => {
  const name = nameOf(c);
  const reference = referenceOf(c);
  const repository = store.repository(name);
  const found = await repository.resolve(reference);
  if (found === undefined) throw new ApiError(404, "MANIFEST_UNKNOWN", `${name}: ${reference} is not there`);
  if (isDigest(reference)) await repository.delete(found);
  else await repository.untag(reference);
  return new Response(null, { status: 202 });
};
