import { DeployError } from "../../error.ts";
import { type Json, listAt, numberAt, textAt } from "../object.ts";
import { plainText } from "../plain-text.ts";

/** What it says, with a 500 and without a reason, of an applied object with fields that it does not know. */
const MALFORMED = /^failed to create typed patch object/;

/** The API server refused. Its `reason` is one of a closed set: `NotFound`, `Forbidden`, `Conflict`, `Invalid` … */
export class ApiError extends DeployError {
  readonly status: number;
  readonly reason: string;
  /** Milliseconds that the server asks to wait before another try. */
  readonly wait: number | undefined;
  /** Where fields belong to other managers: which, and to whom. */
  readonly conflicts: readonly { readonly field: string; readonly by: string }[];

  constructor(what: string, status: number, body: Json | undefined, hint?: string) {
    const reason = textAt(body, "reason") ?? "";
    const message = plainText(textAt(body, "message") ?? "the answer has no reason");
    const passes = status === 429 || (status >= 500 && !MALFORMED.test(message));
    const details = { retryable: passes, ...(hint === undefined ? {} : { hint }) };
    super(
      "target",
      `${what}: ${status} ${reason === "" ? "" : `${reason}: `}${message.slice(0, 2_000)}`,
      details,
    );
    this.status = status;
    this.reason = reason;
    const seconds = numberAt(body, "details", "retryAfterSeconds");
    this.wait = seconds === undefined ? undefined : seconds * 1_000;
    this.conflicts = listAt(body, "details", "causes")
      .filter((cause) => textAt(cause, "reason") === "FieldManagerConflict")
      .map((cause) => ({
        field: textAt(cause, "field") ?? "",
        by: /conflict with "([^"]*)"/.exec(textAt(cause, "message") ?? "")?.[1] ?? "somebody",
      }));
  }
}

export function isReason(error: unknown, ...reasons: readonly string[]): error is ApiError {
  return error instanceof ApiError && reasons.includes(error.reason);
}
