import { SeaworthyError } from "@seaworthy/oci";

export type ReleaseErrorCode =
  | "no-repository"
  | "refused"
  | "verify-failed"
  | "publish-failed"
  | "invalid-record"
  | "tag-refused";

/** `refused` is a gate's answer, all others are failures. */
export class ReleaseError extends SeaworthyError<ReleaseErrorCode> {}
