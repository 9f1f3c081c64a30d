import { SeaworthyError } from "@seaworthy/oci";

export type EvidenceErrorCode =
  | "invalid-statement"
  | "wrong-subject"
  | "too-large"
  | "unreadable"
  /** No private or public key that can be used. */
  | "invalid-key"
  | "wrong-password"
  /** No sigstore bundle, or one of a kind that is not understood. */
  | "invalid-bundle"
  /** Not made with the key that was asked for, or changed since. */
  | "invalid-signature"
  /** A good signature of somebody else. */
  | "untrusted-signer"
  /** No trusted root: certificates, logs and their times. */
  | "invalid-trust"
  /** No identity token, or one that says nothing. */
  | "identity-token"
  /** Certificate authority, log or timestamp authority do not answer; they may later. */
  | "signing-unavailable"
  /** They answered no. */
  | "signing-refused"
  | "invalid-advisories"
  | "no-advisories"
  | "stale-advisories"
  | "invalid-vex"
  | "scanner-missing"
  | "scanner-failed"
  | "unreachable"
  | "upload-failed"
  | "slow-rule"
  | "invalid-rules"
  | "invalid-baseline"
  | "git";

export class EvidenceError extends SeaworthyError<EvidenceErrorCode> {}
