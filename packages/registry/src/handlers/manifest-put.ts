import { collect, digestOf, isDigest, isIndexType, isManifestType, MAX_MANIFEST_BYTES } from "@seaworthy/oci";
import { OciError, referrerOf, sniffManifestType } from "@seaworthy/oci";
import type { Descriptor } from "@seaworthy/oci";
import { ApiError } from "../api-error.ts";
import type { Handle, RegistryContext } from "../context.ts";
import { nameOf, referenceOf } from "../parameters.ts";
import { checkReferences } from "./manifest-references.ts";

/** "Pushing Manifests": nothing is stored that a client could not pull whole afterwards. */
export const putManifest: Handle = async ({ store }, c) => {
  const name = nameOf(c);
  const reference = referenceOf(c);
  const bytes = await readManifest(c);
  const target: Descriptor = {
    mediaType: mediaTypeOf(c, bytes),
    digest: digestOf(bytes),
    size: bytes.length,
  };
  if (isDigest(reference) && reference !== target.digest) {
    throw new ApiError(400, "DIGEST_INVALID", `expected ${reference}, received ${target.digest}`);
  }
  await checkReferences(store, target, bytes);
  const repository = store.repository(name);
  await repository.put(target, [bytes]);
  if (!isDigest(reference)) await repository.tag(target, reference);
  const subject = referrerOf(target, bytes)?.subject;
  return new Response(null, {
    status: 201,
    headers: {
      location: `/v2/${name}/manifests/${target.digest}`,
      "docker-content-digest": target.digest,
      ...(subject === undefined ? {} : { "oci-subject": subject }),
    },
  });
};

async function readManifest(c: RegistryContext): Promise<Buffer> {
  const tooLarge = new ApiError(
    413,
    "MANIFEST_INVALID",
    `a manifest has at most ${MAX_MANIFEST_BYTES} bytes`,
  );
  if (Number(c.req.header("content-length") ?? 0) > MAX_MANIFEST_BYTES) throw tooLarge;
  try {
    return await collect(c.env.incoming as AsyncIterable<Uint8Array>, MAX_MANIFEST_BYTES);
  } catch (error) {
    if (error instanceof OciError && error.code === "too-large") throw tooLarge;
    throw new ApiError(400, "MANIFEST_INVALID", "the body broke off");
  }
}

/** `Content-Type` names the type; a `mediaType` in the document must be the same, as it is what others will go by. */
function mediaTypeOf(c: RegistryContext, bytes: Buffer): string {
  const declared = (c.req.header("content-type") ?? "").split(";")[0]!.trim().toLowerCase();
  const own = sniffManifestType(bytes);
  const type = declared === "" ? own : declared;
  if (type === undefined || !(isManifestType(type) || isIndexType(type))) {
    throw new ApiError(
      400,
      "MANIFEST_INVALID",
      `expected a manifest or an index, found ${(type ?? "neither").slice(0, 100)}`,
    );
  }
  return type;
}
