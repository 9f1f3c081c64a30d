import type { Digest } from "@seaworthy/oci";
import type { UploadSession } from "./session.ts";

export function locationOf({ repository, id }: UploadSession): string {
  return `/v2/${repository}/blobs/uploads/${id}`;
}

/** `0-0` stands for an upload without a byte, as in the registries at large. */
export function progress(session: UploadSession): Record<string, string> {
  return {
    location: locationOf(session),
    range: `0-${Math.max(0, session.size - 1)}`,
    "docker-upload-uuid": session.id,
  };
}

export function created(repository: string, digest: Digest): Response {
  return new Response(null, {
    status: 201,
    headers: { location: `/v2/${repository}/blobs/${digest}`, "docker-content-digest": digest },
  });
}
