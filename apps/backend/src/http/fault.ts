const statuses = {
  bad_json: 400,
  invalid_request: 400,
  key_missing: 401,
  key_refused: 403,
  not_found: 404,
  unknown_agent: 404,
  method_not_allowed: 405,
  body_too_large: 413,
  unsupported_media_type: 415,
  rate_limited: 429,
  model_rate_limited: 429,
  client_gone: 499,
  internal: 500,
  agent_unavailable: 502,
  agent_failed: 502,
  model_unauthorized: 502,
  model_refused: 502,
  model_unavailable: 502,
  model_failed: 502,
  model_output_invalid: 502,
  model_not_configured: 503,
  shutting_down: 503,
  agent_timeout: 504,
  model_timeout: 504,
} as const;

/** Every way a request can fail. Clients branch on it; the README's table explains each. */
export type FaultCode = keyof typeof statuses;

export function isFaultCode(code: string | undefined): code is FaultCode {
  return code !== undefined && Object.hasOwn(statuses, code);
}

/** Where in the request the fault is: `input.scene.beats[2]`. Empty for the body as a whole. */
export interface LocatedFault {
  readonly path: string;
  readonly message: string;
}

export interface FaultDetails {
  readonly agent?: string;
  readonly agents?: readonly string[];
  readonly faults?: readonly LocatedFault[];
  readonly missing?: readonly string[];
  /** The methods that the page knows. */
  readonly allow?: readonly string[];
  /** Value of a Retry-After header: seconds or an HTTP date. */
  readonly retryAfter?: string;
}

/** A failure with an answer for the client. Its message is sent as it is, so it never holds a secret. */
export class Fault extends Error {
  override readonly name = "Fault";
  readonly code: FaultCode;
  readonly status: (typeof statuses)[FaultCode];
  readonly details: FaultDetails;

  constructor(code: FaultCode, message: string, details: FaultDetails = {}, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.status = statuses[code];
    this.details = details;
  }
}

/** What a client sees: one shape for every error, over HTTP and inside an event stream. */
export function toFaultBody(fault: Fault, requestId: string) {
  const { retryAfter: _header, ...details } = fault.details;
  return { error: { code: fault.code, message: fault.message, requestId, ...details } };
}
