import { createHash } from "node:crypto";
import { OciError } from "./error.ts";

/** `sha256:` and 64 lower-case hex digits (OCI image spec, descriptor.md#digests). */
export type Digest = `sha256:${string}` & { readonly __digest: true };

const PATTERN = /^sha256:[0-9a-f]{64}$/;

export function isDigest(text: unknown): text is Digest {
  return typeof text === "string" && PATTERN.test(text);
}

/** @throws OciError `invalid-digest` */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new OciError(
    "invalid-digest",
    `digest ${JSON.stringify(text.slice(0, 100))}: expected "sha256:" and 64 hex digits`,
  );
}

export function digestOf(bytes: Uint8Array | string): Digest {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}` as Digest;
}

/** The 64 hex digits alone, as file names under `blobs/sha256/`. */
export function hexOf(digest: Digest): string {
  return digest.slice("sha256:".length);
}

/** Twelve hex digits, for people. */
export function shortDigest(digest: Digest): string {
  return hexOf(digest).slice(0, 12);
}
