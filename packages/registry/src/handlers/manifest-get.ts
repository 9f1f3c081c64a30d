import { collect, MAX_MANIFEST_BYTES } from "@seaworthy/oci";
import type { Handle } from "../context.ts";
import { nameOf } from "../parameters.ts";
import { findManifest, manifestHeaders } from "./find-manifest.ts";

export const getManifest: Handle = async (registry, c) => {
  const found = await findManifest(registry, c);
  const headers = manifestHeaders(found);
  if (c.req.header("if-none-match") === headers["etag"]) {
    return new Response(null, { status: 304, headers: { etag: headers["etag"]! } });
  }
  // Read whole before the first byte is sent: a damaged manifest is an error, not an answer that breaks off.
  const content = await registry.store.repository(nameOf(c)).open(found);
  const bytes = await collect(content, MAX_MANIFEST_BYTES, "manifest");
  return new Response(new Uint8Array(bytes), { status: 200, headers });
};
