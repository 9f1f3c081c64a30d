import { type OciErrorCode, SeaworthyError } from "@seaworthy/oci";
import type { EvidenceErrorCode } from "./error.ts";

const CONTENT_CODES: ReadonlySet<string> = new Set<EvidenceErrorCode | OciErrorCode>([
  "invalid-statement",
  "wrong-subject",
  "invalid-bundle",
  "invalid-signature",
  "untrusted-signer",
  "invalid-manifest",
  "invalid-digest",
  "digest-mismatch",
  "size-mismatch",
  "too-large",
  "not-found",
]);

/** True for what is wrong with the evidence itself; a network that fails says nothing about it. */
export function isAboutContent(error: unknown): error is SeaworthyError {
  return error instanceof SeaworthyError && CONTENT_CODES.has(error.code);
}
