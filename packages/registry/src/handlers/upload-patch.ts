import { ApiError } from "../api-error.ts";
import type { Handle, RegistryContext } from "../context.ts";
import { nameOf } from "../parameters.ts";
import { progress } from "../uploads/answers.ts";
import type { UploadSession } from "../uploads/session.ts";

/** A chunk in its place, or, without `Content-Range`, a stream of any length (as Docker sends it). */
export const patchUpload: Handle = async ({ uploads }, c) => {
  const session = await uploads.get(nameOf(c), c.req.param("id"));
  checkPlace(c, session);
  await session.append(c.env.incoming);
  return new Response(null, { status: 202, headers: progress(session) });
};

/** @throws ApiError 416 where the chunk does not begin at the end of what is there */
export function checkPlace(c: RegistryContext, session: UploadSession): void {
  const header = c.req.header("content-range");
  if (header === undefined) return;
  const [, first, last] = /^(?:bytes )?(\d{1,15})-(\d{1,15})(?:\/.*)?$/.exec(header) ?? [];
  const length = c.req.header("content-length");
  const isWhole = length === undefined || Number(last) - Number(first) + 1 === Number(length);
  if (first !== undefined && Number(first) === session.size && isWhole) return;
  throw new ApiError(416, "BLOB_UPLOAD_INVALID", `expected a chunk from byte ${session.size}`, {
    headers: progress(session),
  });
}
