import { SeaworthyError } from "@seaworthy/oci";

export type EvidenceErrorCode =
  | "invalid-statement"
  | "wrong-subject"
  | "slow-rule"
  | "invalid-rules"
  | "invalid-baseline"
  | "git";

export class EvidenceError extends SeaworthyError<EvidenceErrorCode> {}
