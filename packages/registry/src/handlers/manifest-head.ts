import type { Handle } from "../context.ts";
import { findManifest, manifestHeaders } from "./find-manifest.ts";

export const headManifest: Handle = async (registry, c) =>
  new Response(null, { status: 200, headers: manifestHeaders(await findManifest(registry, c)) });
