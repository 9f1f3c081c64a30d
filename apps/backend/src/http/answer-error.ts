import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Logger } from "pino";

import type { Metrics } from "../process/metrics.ts";
import type { AppEnv } from "./context.ts";
import { Fault, toFaultBody } from "./fault.ts";

interface Reporters {
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** Reports whatever a handler threw and turns it into the JSON error. */
export function answerError(error: unknown, c: Context<AppEnv>, reporters: Reporters): Response {
  return answerFault(reportFault(error, c, reporters), c);
}

/** The JSON error with the headers that belong to it. */
export function answerFault(fault: Fault, c: Context<AppEnv>): Response {
  const { retryAfter, allow } = fault.details;
  if (retryAfter !== undefined) c.header("Retry-After", retryAfter);
  if (allow !== undefined) c.header("Allow", allow.join(", "));
  if (fault.code === "key_missing") c.header("WWW-Authenticate", 'Bearer realm="api"');
  // 499 is nginx's number for a client that left; nobody reads this answer.
  return c.json(toFaultBody(fault, c.get("requestId")), fault.status as ContentfulStatusCode);
}

/** Logs and counts a failure. What is not a Fault goes to the log in full and to the client as "internal". */
export function reportFault(error: unknown, c: Context<AppEnv>, { log, metrics }: Reporters): Fault {
  const requestLog = c.get("log") ?? log;
  const fault = toFault(error);
  metrics.faults.inc({ code: fault.code });
  if (fault.code === "internal") requestLog.error({ err: error }, "unexpected error");
  else requestLog.info({ code: fault.code, reason: fault.message, cause: causeOf(fault) }, "fault");
  return fault;
}

function toFault(error: unknown): Fault {
  if (error instanceof Fault) return error;
  if (error instanceof HTTPException && error.status < 500) {
    return new Fault(
      "invalid_request",
      error.message || "the request was not understood",
      {},
      { cause: error },
    );
  }
  const message = "something went wrong on our side; the request id finds it in the log";
  return new Fault("internal", message, {}, { cause: error });
}

function causeOf({ cause }: Fault): string | undefined {
  // The message of a SyntaxError quotes what it could not parse, and that may be anything.
  if (!(cause instanceof Error) || cause instanceof SyntaxError) return undefined;
  return "code" in cause ? `${String(cause.code)}: ${cause.message}` : cause.message;
}
