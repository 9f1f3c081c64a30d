import type { Digest } from "../digest.ts";
import { OciError } from "../error.ts";
import type { RegistryClient } from "./client.ts";
import { describeRequest } from "./network-error.ts";
import { discard } from "./transport.ts";
import type { RegistryRequest, RegistryResponse } from "./transport.ts";

/** Where the next request of an upload goes. A registry may name a new place in each answer. */
export function locationOf(
  client: RegistryClient,
  request: Pick<RegistryRequest, "method" | "url">,
  response: RegistryResponse,
): URL {
  const location = response.headers["location"];
  const refuse = (why: string): OciError =>
    new OciError("registry", `${describeRequest(request)}: expected the place of the upload, found ${why}`);
  if (location === undefined) throw refuse("none");
  if (!URL.canParse(location, response.url.href)) throw refuse("no valid address");
  const url = new URL(location, response.url);
  if (url.protocol === "https:" || url.origin === client.endpoint.origin) return url;
  throw refuse(`${url.protocol}//${url.host}, which is not TLS`);
}

/** Appended as text: parsing and printing again would change the encoding of what the registry put there. */
export function withDigest(location: URL, digest: Digest): URL {
  const url = new URL(location);
  url.search += `${url.search === "" ? "?" : "&"}digest=${encodeURIComponent(digest)}`;
  return url;
}

export function pushScopes(client: RegistryClient, from?: string): readonly string[] {
  const own = client.scope("pull,push");
  return from === undefined ? [own] : [own, `repository:${from}:pull`];
}

export interface UploadSession {
  readonly location: URL;
  /** Bytes; the registry refuses shorter chunks but for the last (`OCI-Chunk-Min-Length`). */
  readonly shortestChunk: number;
}

/**
 * Opens an upload. Where another repository of the registry is named, the registry may take the blob from there
 * instead ("Mounting a blob from another repository").
 * @returns undefined where the blob was mounted
 */
export async function startUpload(
  client: RegistryClient,
  digest: Digest,
  from: string | undefined,
  signal: AbortSignal | undefined,
): Promise<UploadSession | undefined> {
  const request: RegistryRequest = {
    method: "POST",
    url: client.url("blobs/uploads/", from === undefined ? {} : { mount: digest, from }),
    scopes: pushScopes(client, from),
    body: { length: 0, open: () => [] },
    signal,
  };
  const response = await client.call(request, [201, 202]);
  discard(response);
  if (response.status === 201) return undefined;
  const shortest = Number(response.headers["oci-chunk-min-length"] ?? 0);
  return {
    location: locationOf(client, request, response),
    shortestChunk: Number.isSafeInteger(shortest) ? shortest : 0,
  };
}

export function checkDigest(request: RegistryRequest, response: RegistryResponse, digest: Digest): void {
  const stored = response.headers["docker-content-digest"];
  if (stored === undefined || stored === digest) return;
  throw new OciError(
    "digest-mismatch",
    `${describeRequest(request)}: expected ${digest}, the registry stored ${stored.slice(0, 100)}`,
  );
}
