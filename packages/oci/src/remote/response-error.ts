import { listOf, optional, parseJson, present, toFields, toText } from "../document/json.ts";
import type { Place, Reader } from "../document/json.ts";
import { OciError } from "../error.ts";
import type { ErrorDetails, OciErrorCode } from "../error.ts";
import { describeRequest } from "./network-error.ts";
import { readBody } from "./read-body.ts";
import { isRetryableStatus, retryAfter } from "./retry.ts";
import type { RegistryRequest, RegistryResponse } from "./transport.ts";

const BODY_LIMIT = 64 * 1024;
const SHOWN = 300;

/** What a registry says may repeat what it was sent, so nothing that looks like a secret is shown. */
export function redact(text: string): string {
  return text
    .replaceAll(/eyJ[\w-]+\.[\w-]+\.?[\w-]*/g, "[redacted]")
    .replaceAll(/\b(bearer|basic)\s+[\w\-.~+/=]{8,}/gi, "$1 [redacted]")
    .replaceAll(/(https?:\/\/[^\s?"']+)\?[^\s"']*/g, "$1?[redacted]")
    .replaceAll(/(https?:\/\/)[^\s/@"']+@/g, "$1[redacted]@")
    .replaceAll(/[^\P{C}]+/gu, " ")
    .slice(0, SHOWN)
    .trim();
}

interface Said {
  readonly code?: string;
  readonly message?: string;
}

const PLACE: Place = { code: "registry", what: "error body", path: "" };

/** Distribution spec, "Error Codes". */
const toSaid: Reader<Said> = (value, place) => {
  const fields = toFields(value, place);
  return present({
    code: optional(fields, "code", place, toText),
    message: optional(fields, "message", place, toText),
  });
};

/** Some registries send their JSON as plain text, some no JSON. */
function parseSaid(bytes: Buffer, isText: boolean): Said {
  try {
    return optional(parseJson(bytes, PLACE), "errors", PLACE, listOf(toSaid))?.[0] ?? {};
  } catch {
    return isText ? { message: bytes.toString("utf8") } : {};
  }
}

/** The registry's own words, if it found any: an error page that cannot be read is no new error. */
async function saidBy(request: RegistryRequest, response: RegistryResponse): Promise<Said> {
  try {
    const bytes = await readBody(request, response, BODY_LIMIT);
    return parseSaid(bytes, (response.headers["content-type"] ?? "").startsWith("text/plain"));
  } catch {
    return {};
  }
}

function codeFor(status: number): OciErrorCode {
  if (status === 404) return "not-found";
  return status === 401 || status === 403 ? "unauthorized" : "registry";
}

function hintFor(status: number, host: string, wait: number | undefined): string | undefined {
  switch (status) {
    case 401:
      return `store credentials for ${host} as "docker login ${host}" does; a repository that does not exist is answered the same way by some registries`;
    case 403:
      return `give these credentials the right to do this at ${host}`;
    case 429:
      return wait === undefined
        ? `wait, or log in to ${host} for a higher limit`
        : `${host} asks to wait ${Math.ceil(wait / 1000)} s; logging in may raise the limit`;
    default:
      return undefined;
  }
}

/** An `OciError` that knows the status, for the few places here that act on one. */
export class ResponseError extends OciError {
  readonly status: number;

  constructor(status: number, message: string, details: ErrorDetails) {
    super(codeFor(status), message, details);
    this.name = OciError.name;
    this.status = status;
  }
}

/** An answer that was not hoped for, read to its end, as `PUT host/v2/app/manifests/v1: 401 UNAUTHORIZED …`. */
export async function responseError(
  request: RegistryRequest,
  response: RegistryResponse,
  now: number,
): Promise<ResponseError> {
  const { status } = response;
  const { code = "", message = "" } = await saidBy(request, response);
  const words = [String(status), redact(code), redact(message)].filter((word) => word !== "").join(" ");
  const hint = hintFor(status, request.url.host, retryAfter(response.headers["retry-after"], now));
  return new ResponseError(status, `${describeRequest(request)}: ${words}`, {
    retryable: isRetryableStatus(status),
    ...(hint === undefined ? {} : { hint }),
  });
}
