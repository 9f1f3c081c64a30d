import { SeaworthyError } from "@seaworthy/oci";
import { ExitCode } from "./exit-code.ts";

export function exitCodeOf(error: unknown): number {
  if (isAbort(error)) return ExitCode.interrupted;
  if (!(error instanceof SeaworthyError)) return ExitCode.failed;
  if (error.code === "refused") return ExitCode.refused;
  return error.code === "usage" || error.code === "config" ? ExitCode.usage : ExitCode.failed;
}

export function isAbort(error: unknown): boolean {
  return (
    error instanceof Error &&
    (error.name === "AbortError" || (error as { code?: unknown }).code === "aborted")
  );
}

/** What people read: the message, what to do, and for errors that are ours the stack. */
export function describeError(error: unknown): string {
  if (isAbort(error)) return "interrupted; run the same command again to continue";
  if (error instanceof SeaworthyError) {
    return `error: ${error.message}${error.hint === undefined ? "" : `\n  → ${error.hint}`}`;
  }
  const system = error as NodeJS.ErrnoException;
  if (system instanceof Error && system.code === "ENOSPC") {
    return `error: ${system.path ?? "disk"}: no space left\n  → free some, then run the same command again`;
  }
  return `error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
