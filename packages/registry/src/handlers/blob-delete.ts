import type { Handle } from "../context.ts";
import { nameOf } from "../parameters.ts";
import { findBlob } from "./find-blob.ts";

export const deleteBlob: Handle = async (registry, c) => {
  const blob = await findBlob(registry, c);
  await registry.store.repository(nameOf(c)).delete(blob);
  return new Response(null, { status: 202 });
};
