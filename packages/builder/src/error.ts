import { SeaworthyError } from "@seaworthy/oci";

export type BuilderErrorCode =
  | "unsupported"
  | "base-not-found"
  | "base-unauthorized"
  | "base-unavailable"
  | "base-platform"
  | "lock"
  | "copy-source"
  | "copy-destination"
  | "foreign-binary"
  | "context"
  | "run-failed"
  | "secret-missing"
  | "foreign-platform"
  | "user-not-found"
  | "context-changed"
  | "aborted";

/** What went wrong in a build. Where a Dockerfile line is to blame, the message starts with it and ends with the marked source. */
export class BuilderError extends SeaworthyError<BuilderErrorCode> {}
