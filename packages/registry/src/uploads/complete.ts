import { createReadStream } from "node:fs";
import { MediaType } from "@seaworthy/oci";
import type { Descriptor, Digest } from "@seaworthy/oci";
import { ApiError } from "../api-error.ts";
import type { Registry, RegistryContext } from "../context.ts";
import { created } from "./answers.ts";
import type { UploadSession } from "./session.ts";

/**
 * The last body of an upload, if there is one, and the end of it: what was received becomes a blob if it is the one
 * that was announced. Either way the upload is over, unless the body broke off, which can be gone on from.
 */
export async function completeUpload(
  { store, uploads }: Registry,
  c: RegistryContext,
  session: UploadSession,
  digest: Digest,
): Promise<Response> {
  await session.append(c.env.incoming);
  try {
    const found = await session.finish();
    if (found !== digest) {
      throw new ApiError(
        400,
        "DIGEST_INVALID",
        `expected ${digest}, received ${session.size} bytes with ${found}`,
      );
    }
    await keep({ store, uploads }, session, { mediaType: MediaType.octets, digest, size: session.size });
  } finally {
    await uploads.end(session);
  }
  return created(session.repository, digest);
}

async function keep(
  { store }: Registry,
  { repository, path }: UploadSession,
  target: Descriptor,
): Promise<void> {
  const into = store.repository(repository);
  if (await into.has(target)) return;
  if (store.adopt === undefined) await into.put(target, createReadStream(path));
  else await store.adopt(target, path);
}
