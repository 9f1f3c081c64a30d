import { isRetryableStatus } from "@seaworthy/oci";
import { DebianError } from "../error.ts";
import type { DebianErrorCode } from "../error.ts";

/** Codes that tell of what a mirror served: another mirror may serve better. */
const SERVED: ReadonlySet<DebianErrorCode> = new Set([
  "archive-unavailable",
  "hash-mismatch",
  "size-mismatch",
  "too-large",
  "bad-signature",
  "invalid-release",
  "release-expired",
  "release-older",
  "invalid-index",
]);

export function isMirrorFault(error: unknown): error is DebianError {
  return error instanceof DebianError && SERVED.has(error.code);
}

/** What a connection threw (at any moment of a transfer) as an `archive-unavailable` that may pass. */
export function connectionFault(error: unknown, where: string): DebianError {
  if (error instanceof DebianError) return error;
  const { code, message } = error as { readonly code?: string; readonly message?: string };
  return new DebianError("archive-unavailable", `${where}: ${code ?? message ?? "connection lost"}`, {
    cause: error,
    retryable: true,
  });
}

/** An answer that is not 200. */
export class StatusFault extends DebianError {
  /** Milliseconds that the mirror asks to wait. */
  readonly wait: number | undefined;

  constructor(status: number, where: string, wait: number | undefined) {
    const hint =
      status === 401 || status === 403 ? "check the credentials in your .npmrc or proxy" : undefined;
    super("archive-unavailable", `${where}: expected HTTP status 200, found ${status}`, {
      ...(hint !== undefined && { hint }),
      retryable: isRetryableStatus(status),
    });
    this.name = DebianError.name;
    this.wait = wait;
  }
}

/** What remains when no mirror delivered: wrong bytes weigh more than silence. */
export function lastWord(file: string, faults: readonly DebianError[]): DebianError {
  const wrong = faults.find((fault) => fault.code !== "archive-unavailable");
  if (wrong !== undefined) return wrong;
  const told = faults.map((fault) => fault.message).join("; ");
  return new DebianError(
    "archive-unavailable",
    `${file}: no mirror delivered it: ${told || "none is configured"}`,
    {
      hint: "check the network and the proxy settings, or name a mirror in the config",
      retryable: true,
      ...(faults.length > 0 && { cause: faults.at(-1) }),
    },
  );
}
