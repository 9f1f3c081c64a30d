import type { Bundle } from "@sigstore/bundle";
import { STATEMENT_MEDIA_TYPE } from "../statement.ts";
import { EvidenceError } from "../error.ts";

export const BUNDLE_MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json";
/** Of any version, as an artifact type says it. */
const ANY_BUNDLE = /^application\/vnd\.dev\.sigstore\.bundle(?:\.v0\.\d)?\+json(?:;\s*version=0\.\d)?$/;

export function isBundleType(mediaType: string | undefined): boolean {
  return mediaType !== undefined && ANY_BUNDLE.test(mediaType);
}

/**
 * @param where what messages name it
 * @throws EvidenceError `invalid-bundle`
 */
export async function parseBundle(bytes: Uint8Array, where: string): Promise<Bundle> {
  const { bundleFromJSON } = await import("@sigstore/bundle");
  try {
    return bundleFromJSON(JSON.parse(Buffer.from(bytes).toString("utf8")));
  } catch (cause) {
    throw new EvidenceError("invalid-bundle", `${where}: is no sigstore bundle`, { cause });
  }
}

export async function bundleBytes(bundle: Bundle): Promise<Buffer> {
  const { bundleToJSON } = await import("@sigstore/bundle");
  return Buffer.from(JSON.stringify(bundleToJSON(bundle)));
}

/**
 * The statement that a bundle holds, as bytes. Nothing is said about its signature.
 * @throws EvidenceError `invalid-bundle`
 */
export function payloadOf({ content }: Bundle, where: string): Buffer {
  if (content.$case !== "dsseEnvelope") {
    throw new EvidenceError(
      "invalid-bundle",
      `${where}: expected a signed statement, found a bare signature`,
    );
  }
  const { payloadType, payload } = content.dsseEnvelope;
  if (payloadType === STATEMENT_MEDIA_TYPE) return payload;
  throw new EvidenceError(
    "invalid-bundle",
    `${where}: expected ${STATEMENT_MEDIA_TYPE}, found ${JSON.stringify(payloadType.slice(0, 100))}`,
  );
}
