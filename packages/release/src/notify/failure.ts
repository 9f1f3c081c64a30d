import { SeaworthyError } from "@seaworthy/oci";
import type { Failure } from "./notifier.ts";

/** What is told of an error: its first line is the cause, what stands below shows it. */
export function failureOf(stage: string, error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  const [cause = "", ...lines] = message.split("\n");
  const hint = error instanceof SeaworthyError ? error.hint : undefined;
  return { stage, cause, lines, ...(hint === undefined ? {} : { hint }) };
}
