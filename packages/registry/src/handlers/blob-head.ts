import type { Handle } from "../context.ts";
import { blobHeaders, findBlob } from "./find-blob.ts";

export const headBlob: Handle = async (registry, c) => {
  const blob = await findBlob(registry, c);
  return new Response(null, {
    status: 200,
    headers: { ...blobHeaders(blob), "content-length": String(blob.size) },
  });
};
