import type { ProgressEvent } from "@seaworthy/builder";
import { SeaworthyError } from "@seaworthy/oci";
import { DeployError, type DeployErrorCode } from "../error.ts";
import type { ServiceReport } from "../target.ts";
import { UnhealthyError } from "../unhealthy.ts";

/**
 * What passes between a command and the supervisor, over HTTP on a socket that only its user can open: `GET /status`;
 * `POST /apply`, `/revert` and `/stop`, each answered with one line of JSON for each message. The last is `done` or
 * `failed`; a connection that ends before that has failed. Whoever hangs up takes back what was asked.
 */
export type Message =
  | { readonly type: "progress"; readonly event: ProgressEvent }
  | { readonly type: "done" }
  | { readonly type: "failed"; readonly error: Fault };

export interface Fault {
  readonly code: DeployErrorCode;
  readonly message: string;
  readonly hint?: string;
  readonly where?: string;
  readonly reports?: readonly ServiceReport[];
}

export function toFault(error: unknown): Fault {
  const { message } = error as Error;
  const hint = error instanceof SeaworthyError && error.hint !== undefined ? { hint: error.hint } : {};
  if (error instanceof UnhealthyError) {
    return { code: error.code, message, where: error.where, reports: error.reports, ...hint };
  }
  return { code: error instanceof DeployError ? error.code : "target", message, ...hint };
}

export function fromFault({ code, message, hint, where, reports }: Fault): DeployError {
  if (reports !== undefined) return new UnhealthyError(where ?? "local", reports);
  return new DeployError(code, message, hint === undefined ? {} : { hint });
}
