import { SeaworthyError } from "@seaworthy/oci";

export type EvidenceErrorCode =
  | "invalid-statement"
  | "wrong-subject"
  | "too-large"
  | "unreadable"
  | "invalid-advisories"
  | "no-advisories"
  | "stale-advisories"
  | "invalid-vex"
  | "scanner-missing"
  | "scanner-failed"
  | "unreachable"
  | "upload-failed";

export class EvidenceError extends SeaworthyError<EvidenceErrorCode> {}
