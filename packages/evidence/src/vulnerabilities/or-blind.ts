import { SeaworthyError } from "@seaworthy/oci";
import type { ScanProblem } from "./scanner.ts";

/**
 * Undefined where there is no answer, which is a problem then.
 * @throws where it was stopped, and where the fault is ours
 */
export async function orBlind<T>(
  answer: Promise<T>,
  what: string,
  problems: ScanProblem[],
): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof SeaworthyError) || error.code === "aborted") throw error;
    const { message, hint } = error;
    problems.push({ kind: "blind", message: `${what}: ${message}`, ...(hint === undefined ? {} : { hint }) });
    return undefined;
  }
}

export function noted(what: string, note: string): ScanProblem {
  return { kind: "note", message: `${what}: ${note}` };
}
