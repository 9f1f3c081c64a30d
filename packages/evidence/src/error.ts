import { SeaworthyError } from "@seaworthy/oci";

export type EvidenceErrorCode = "invalid-statement" | "wrong-subject" | "too-large" | "unreadable";

export class EvidenceError extends SeaworthyError<EvidenceErrorCode> {}
