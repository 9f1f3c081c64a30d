import { SeaworthyError } from "@seaworthy/oci";

export type EvidenceErrorCode = "invalid-statement" | "wrong-subject";

export class EvidenceError extends SeaworthyError<EvidenceErrorCode> {}
