import type { Handle } from "../context.ts";
import { nameOf } from "../parameters.ts";
import { progress } from "../uploads/answers.ts";

export const uploadStatus: Handle = async ({ uploads }, c) => {
  const session = await uploads.get(nameOf(c), c.req.param("id"));
  return new Response(null, { status: 204, headers: progress(session) });
};
