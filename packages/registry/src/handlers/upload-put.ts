import type { Handle } from "../context.ts";
import { digestParameter, nameOf } from "../parameters.ts";
import { completeUpload } from "../uploads/complete.ts";
import { checkPlace } from "./upload-patch.ts";

/** The end of an upload; its body is the last chunk, the whole blob, or empty. */
export const putUpload: Handle = async (registry, c) => {
  const session = await registry.uploads.get(nameOf(c), c.req.param("id"));
  const digest = digestParameter(c.req.query("digest"));
  checkPlace(c, session);
  return completeUpload(registry, c, session, digest);
};
