import { ApiError } from "../api-error.ts";
import type { Handle } from "../context.ts";
import { nameOf } from "../parameters.ts";

export const cancelUpload: Handle = async ({ uploads }, c) => {
  const session = await uploads.get(nameOf(c), c.req.param("id"));
  if (session.busy) throw new ApiError(409, "BLOB_UPLOAD_INVALID", "another request is at this upload");
  await uploads.end(session);
  return new Response(null, { status: 204 });
};
