import { listOf, optional, parseJson, present, toFields, toText } from "../document/json.ts";
import type { Place, Reader } from "../document/json.ts";
import { OciError } from "../error.ts";
import { describeRequest } from "./network-error.ts";
import { readBody } from "./read-body.ts";
import type { Login } from "./login.ts";
import { codeFor, hintFor } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";
import { isRetryableStatus, retryAfter } from "../retry.ts";
import type { RegistryRequest, RegistryResponse } from "./transport.ts";

const BODY_LIMIT = 64 * 1024;
const SHOWN = 300;

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

/** An `OciError` that knows the answer it stands for, for the few places here that act on one. */
export class ResponseError extends OciError {
  readonly status: number;
  /** The registry's code, as `MANIFEST_UNKNOWN`. */
  readonly said: string;
  /** Milliseconds the registry asks to wait. */
  readonly wait: number | undefined;

  constructor(refusal: Refusal, message: string) {
    const hint = hintFor(refusal);
    const retryable = isRetryableStatus(refusal.status);
    super(codeFor(refusal), message, { retryable, ...(hint === undefined ? {} : { hint }) });
    this.name = OciError.name;
    this.status = refusal.status;
    this.said = refusal.code;
    this.wait = refusal.wait;
  }
}

/** Milliseconds that whoever answered asks to wait. */
export function waitOf(error: OciError): number | undefined {
  return error instanceof ResponseError ? error.wait : undefined;
}

/** An answer that was not hoped for, read to its end, as `PUT host/v2/app/manifests/v1: 401 UNAUTHORIZED …`. */
export async function responseError(
  request: RegistryRequest,
  response: RegistryResponse,
  { login, now }: { readonly login: Login; readonly now: number },
): Promise<ResponseError> {
  const { status, headers, url } = response;
  const said = await saidBy(request, response);
  const [code = "", message = ""] = [said.code, said.message].map((text = "") =>
    login.redact(text).slice(0, SHOWN).trim(),
  );
  const words = [String(status), code, message].filter((word) => word !== "").join(" ");
  const refusal: Refusal = {
    request,
    status,
    code,
    message,
    wait: retryAfter(headers["retry-after"], now),
    registry: login.registry,
    loggedIn: login.found,
    elsewhere: url.host !== request.url.host,
  };
  return new ResponseError(refusal, `${describeRequest(request)}: ${words}`);
}
