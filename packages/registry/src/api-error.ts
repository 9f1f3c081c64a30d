import { OciError } from "@seaworthy/oci";
import type { OciErrorCode } from "@seaworthy/oci";

/** Distribution spec, "Error Codes". */
export type ApiErrorCode =
  | "BLOB_UNKNOWN"
  | "BLOB_UPLOAD_INVALID"
  | "BLOB_UPLOAD_UNKNOWN"
  | "DIGEST_INVALID"
  | "MANIFEST_BLOB_UNKNOWN"
  | "MANIFEST_INVALID"
  | "MANIFEST_UNKNOWN"
  | "NAME_INVALID"
  | "NAME_UNKNOWN"
  | "SIZE_INVALID"
  | "TAG_INVALID"
  | "TOOMANYREQUESTS"
  | "UNSUPPORTED"
  /** Not of the specification, as in the registries at large. */
  | "UNKNOWN";

interface ApiErrorDetails {
  readonly headers?: Readonly<Record<string, string>>;
  readonly detail?: unknown;
}

/** An answer to a client that is not the one it hoped for. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: ApiErrorCode;
  readonly headers: Readonly<Record<string, string>>;
  readonly detail: unknown;

  constructor(
    status: number,
    code: ApiErrorCode,
    message: string,
    { headers = {}, detail }: ApiErrorDetails = {},
  ) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.headers = headers;
    this.detail = detail;
  }
}

type Answers = Partial<Record<OciErrorCode, readonly [status: number, code: ApiErrorCode]>>;

const ANSWERS: Answers = {
  "invalid-reference": [400, "NAME_INVALID"],
  "not-found": [404, "BLOB_UNKNOWN"],
};

/** Of what a client sent. Of what it asked for, the same faults are the registry's own: its content is damaged. */
const ANSWERS_TO_WRITES: Answers = {
  ...ANSWERS,
  "invalid-digest": [400, "DIGEST_INVALID"],
  "digest-mismatch": [400, "DIGEST_INVALID"],
  "size-mismatch": [400, "SIZE_INVALID"],
  "invalid-manifest": [400, "MANIFEST_INVALID"],
  "too-large": [413, "SIZE_INVALID"],
};

/** What a client is told of an error; undefined for what is no fault of the client's. */
export function toApiError(error: unknown, method: string): ApiError | undefined {
  if (error instanceof ApiError) return error;
  if (!(error instanceof OciError)) return undefined;
  const answers = method === "GET" || method === "HEAD" ? ANSWERS : ANSWERS_TO_WRITES;
  const [status, code] = answers[error.code] ?? [];
  return status === undefined || code === undefined ? undefined : new ApiError(status, code, error.message);
}

/** A fault of the registry's own: what it is stays here, whether trying again may help does not. */
export function failure(error: unknown): ApiError {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "disk-full" || code === "ENOSPC" || code === "EDQUOT") {
    return new ApiError(507, "UNKNOWN", "no space left on the registry's disk");
  }
  const busy = error instanceof OciError && error.retryable;
  return busy
    ? new ApiError(503, "UNKNOWN", "the registry is busy", { headers: { "retry-after": "1" } })
    : new ApiError(500, "UNKNOWN", "the registry failed");
}

export function errorResponse({ status, code, message, detail, headers }: ApiError): Response {
  const error = detail === undefined ? { code, message } : { code, message, detail };
  return new Response(JSON.stringify({ errors: [error] }), {
    status,
    headers: { ...headers, "content-type": "application/json" },
  });
}
