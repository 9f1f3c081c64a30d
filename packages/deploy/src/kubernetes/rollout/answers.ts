import { type HttpCheck, probe } from "../../http-check.ts";
import type { ServiceReport } from "../../target.ts";

export interface Asking {
  /** What must be answered once all is complete. */
  readonly checks: readonly HttpCheck[];
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal;
}

/** What is not answered as expected where it is asked from here. */
export async function answersAmiss({
  checks,
  fetch: ask,
  signal,
}: Asking): Promise<readonly ServiceReport[]> {
  const problems = await Promise.all(checks.map((check) => probe(check, ask, signal)));
  return problems.flatMap((problem) =>
    problem === undefined ? [] : [{ service: "http", problem, output: [] }],
  );
}
