import { SeaworthyError } from "@seaworthy/oci";

export type ReleaseErrorCode =
  | "source"
  | "event"
  | "rules"
  | "refused"
  | "verify-failed"
  | "publish-failed"
  | "invalid-record"
  | "notify-failed"
  | "retention";

/** `refused` is a gate's answer, all others are failures. */
export class ReleaseError extends SeaworthyError<ReleaseErrorCode> {}
