import { SeaworthyError } from "@seaworthy/oci";

export type DebianErrorCode =
  /** The base as written in the config. */
  | "invalid-base"
  | "invalid-lock"
  | "lock-outdated"
  /** What mirrors serve. */
  | "archive-unavailable"
  | "hash-mismatch"
  | "size-mismatch"
  | "too-large"
  /** Release files. */
  | "bad-signature"
  | "invalid-release"
  | "release-expired"
  | "release-older"
  /** Packages and what they need. */
  | "invalid-index"
  | "package-not-found"
  | "unsatisfiable"
  | "package-conflict"
  /** Unpacking and merging. */
  | "invalid-package"
  | "path-escape"
  | "file-conflict"
  | "disk-full"
  | "aborted";

export class DebianError extends SeaworthyError<DebianErrorCode> {}

/** @throws DebianError `aborted` */
export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new DebianError("aborted", "stopped", { cause: signal.reason });
}
