import { SeaworthyError } from "@seaworthy/oci";
import { ExitCode } from "./exit-code.ts";
import { printable } from "./progress/text.ts";

/** What is wrong was said: on the command line, in the config, in rules, by the CI. */
const USAGE: ReadonlySet<string> = new Set(["usage", "config", "rules", "event"]);

export function exitCodeOf(error: unknown): number {
  if (isAbort(error)) return ExitCode.interrupted;
  if (!(error instanceof SeaworthyError)) return ExitCode.failed;
  if (error.code === "refused") return ExitCode.refused;
  return USAGE.has(error.code) ? ExitCode.usage : ExitCode.failed;
}

export function isAbort(error: unknown): boolean {
  return (
    error instanceof Error &&
    (error.name === "AbortError" || (error as { code?: unknown }).code === "aborted")
  );
}

/** What people read: the message and what to do; a stack only where the fault is ours. */
export function describeError(error: unknown): string {
  if (isAbort(error)) return "interrupted; run the same command again to continue";
  if (error instanceof SeaworthyError) {
    // A message may hold what a build step or a registry wrote.
    return printable(`error: ${error.message}${error.hint === undefined ? "" : `\n  → ${error.hint}`}`);
  }
  if (!(error instanceof Error)) return printable(`error: ${String(error)}`);
  const { code, path } = error as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return `error: ${path ?? "disk"}: no space left\n  → free some, then run the same command again`;
  }
  // What the system refuses is about this machine, not about our code.
  if (isSystemError(error)) return printable(`error: ${error.message}`);
  return printable(
    `error: this is a fault of seaworthy itself, please report it\n${error.stack ?? error.message}`,
  );
}

function isSystemError(error: Error): boolean {
  const { code, syscall } = error as NodeJS.ErrnoException;
  return typeof code === "string" && typeof syscall === "string";
}
