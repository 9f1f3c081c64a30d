/** A place in the user's own files, for those who point at it: editors, annotations of a CI. */
export interface Place {
  /** As messages name it: from the folder that the command is about. */
  readonly file: string;
  /** From 1. */
  readonly line?: number;
}

/**
 * The one error of the monorepo. A message reads where → found vs expected; `hint` says what to do.
 * Callers branch on `code`, never on text. Each package narrows `Code` to its own closed union.
 */
export interface ErrorDetails {
  /** Which line of the user's is to blame; the message says it too. */
  readonly place?: Place;
  readonly cause?: unknown;
  /** What the user can do about it, as an imperative: `run "seaworthy doctor"`. */
  readonly hint?: string;
  /** True where the same call may succeed later without any change (connection, 429, 5xx). */
  readonly retryable?: boolean;
}

export class SeaworthyError<Code extends string = string> extends Error {
  readonly code: Code;
  readonly hint: string | undefined;
  readonly retryable: boolean;
  readonly place: Place | undefined;

  constructor(code: Code, message: string, { cause, hint, retryable = false, place }: ErrorDetails = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = hint;
    this.retryable = retryable;
    this.place = place;
  }
}

export type OciErrorCode =
  | "invalid-digest"
  | "invalid-reference"
  | "invalid-platform"
  | "invalid-manifest"
  | "invalid-layout"
  | "invalid-archive"
  | "path-escape"
  | "digest-mismatch"
  | "size-mismatch"
  | "too-large"
  | "not-found"
  | "unauthorized"
  | "tag-immutable"
  | "registry"
  | "network"
  | "disk-full"
  | "locked"
  | "aborted";

export class OciError extends SeaworthyError<OciErrorCode> {}
