import type { Readable } from "node:stream";

import { errors } from "undici";

import type { FaultDetails } from "./fault.ts";

/** Whether a call failed because the other side was silent for too long. */
export function isTimeout(error: unknown): boolean {
  return (
    error instanceof errors.HeadersTimeoutError ||
    error instanceof errors.BodyTimeoutError ||
    (error instanceof DOMException && error.name === "TimeoutError")
  );
}

/** The short code of a network error: it names neither hosts nor addresses. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "connection failed";
}

/** Retry-After is passed on when it is what the standard allows: seconds or an HTTP date. */
export function retryDetails(header: string | string[] | undefined): FaultDetails {
  const value = Array.isArray(header) ? header[0] : header;
  if (value === undefined) return {};
  const isDate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(value);
  return /^\d{1,6}$/.test(value) || isDate ? { retryAfter: value } : {};
}

/**
 * A response whose body may be thrown away at any moment. A body that is aborted or destroyed emits "error",
 * and while nobody reads it, that would be uncaught and end the process. Readers still see the error.
 */
export function tolerant<Response extends { body: Readable }>(response: Response): Response {
  response.body.on("error", () => {});
  return response;
}
