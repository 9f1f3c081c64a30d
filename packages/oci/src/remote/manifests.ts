import type { Descriptor } from "../descriptor.ts";
import { digestOf, isDigest } from "../digest.ts";
import type { Digest } from "../digest.ts";
import { MAX_MANIFEST_BYTES } from "../document/read.ts";
import { OciError } from "../error.ts";
import { isIndexType, isManifestType, MediaType } from "../media-type.ts";
import type { RegistryClient } from "./client.ts";
import { describeRequest } from "./network-error.ts";
import { readBody } from "./read-body.ts";
import { ResponseError } from "./response-error.ts";
import { discard } from "./transport.ts";
import type { RegistryRequest, RegistryResponse } from "./transport.ts";
import { checkDigest } from "./upload-session.ts";

const ACCEPT = [MediaType.index, MediaType.manifest, MediaType.dockerIndex, MediaType.dockerManifest].join(
  ", ",
);

export interface StoredManifest {
  readonly descriptor: Descriptor;
  readonly bytes: Buffer;
}

function mediaTypeOf(request: RegistryRequest, response: RegistryResponse): string {
  const mediaType = (response.headers["content-type"] ?? "").split(";")[0]!.trim().toLowerCase();
  if (isManifestType(mediaType) || isIndexType(mediaType)) return mediaType;
  discard(response);
  throw new OciError(
    "registry",
    `${describeRequest(request)}: expected a manifest, found ${mediaType === "" ? "no content type" : mediaType.slice(0, 100)}`,
  );
}

function requestFor(client: RegistryClient, method: "GET" | "HEAD", reference: string, signal?: AbortSignal) {
  const url = client.url(`manifests/${reference}`);
  return { method, url, headers: { accept: ACCEPT }, scopes: [client.scope("pull")], signal } as const;
}

/** Undefined where there is none. Some registries leave digest or size out of an answer to HEAD. */
export async function headManifest(
  client: RegistryClient,
  reference: string,
  signal?: AbortSignal,
): Promise<Descriptor | undefined> {
  const request = requestFor(client, "HEAD", reference, signal);
  const response = await client.call(request, [200, 404, 405]);
  discard(response);
  if (response.status === 404) return undefined;
  const digest = response.headers["docker-content-digest"];
  const size = response.headers["content-length"];
  if (response.status === 405 || !isDigest(digest) || size === undefined) {
    return (await getManifest(client, reference, signal))?.descriptor;
  }
  if (isDigest(reference)) checkDigest(request, response, reference);
  return { mediaType: mediaTypeOf(request, response), digest, size: Number(size) };
}

/** The manifest whole, its digest computed from what arrived. Undefined where there is none. */
export async function getManifest(
  client: RegistryClient,
  reference: string,
  signal?: AbortSignal,
): Promise<StoredManifest | undefined> {
  const request = requestFor(client, "GET", reference, signal);
  const response = await client.call(request, [200, 404]);
  if (response.status === 404) {
    discard(response);
    return undefined;
  }
  const mediaType = mediaTypeOf(request, response);
  const bytes = await readBody(request, response, MAX_MANIFEST_BYTES);
  const digest = digestOf(bytes);
  const expected = isDigest(reference) ? reference : response.headers["docker-content-digest"];
  if (isDigest(expected) && expected !== digest) {
    throw new OciError(
      "digest-mismatch",
      `${describeRequest(request)}: expected content ${expected}, found ${digest}`,
    );
  }
  return { descriptor: { mediaType, digest, size: bytes.length }, bytes };
}

/**
 * Stores a manifest under its digest, or at a tag.
 * @returns the subject the registry says it has listed the manifest under (`OCI-Subject`)
 */
export async function putManifest(
  client: RegistryClient,
  reference: string,
  { descriptor, bytes }: StoredManifest,
  signal?: AbortSignal,
): Promise<Digest | undefined> {
  const request: RegistryRequest = {
    method: "PUT",
    url: client.url(`manifests/${reference}`),
    headers: { "content-type": descriptor.mediaType },
    body: { length: bytes.length, open: () => [bytes] },
    scopes: [client.scope("pull,push")],
    signal,
  };
  const response = await client.call(request, [201]);
  discard(response);
  checkDigest(request, response, descriptor.digest);
  const subject = response.headers["oci-subject"];
  return isDigest(subject) ? subject : undefined;
}

/** Of a manifest by digest, of a tag, or of a blob. Does nothing where it is not there. */
export async function deleteAt(client: RegistryClient, path: string, signal?: AbortSignal): Promise<void> {
  const request: RegistryRequest = {
    method: "DELETE",
    url: client.url(path),
    scopes: [client.scope("delete,pull")],
    signal,
  };
  const response = await client.call(request, [200, 202, 204, 404, 405]).catch((error: unknown) => {
    throw error instanceof ResponseError && error.said === "UNSUPPORTED"
      ? deletesNothing(error.message, error)
      : error;
  });
  discard(response);
  if (response.status === 405) {
    throw deletesNothing(`${describeRequest(request)}: 405, the registry does not delete`);
  }
}

function deletesNothing(message: string, cause?: unknown): OciError {
  const hint =
    "allow deletion there (in a registry of the distribution project: storage.delete.enabled), or use its own tools";
  return new OciError("registry", message, { hint, cause });
}
