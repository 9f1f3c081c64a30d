import { setTimeout as wait } from "node:timers/promises";
import type { CheckResult, RejectCheck } from "./checks.ts";
import { type Start, whileRunning } from "./start.ts";

const TIMEOUT = 10_000;

/** A start that must be refused: it has to end by itself, with the exit code that says so. */
export function checkReject(check: RejectCheck, start: Start, signal: AbortSignal): Promise<CheckResult> {
  const { name, exitCode } = check;
  return whileRunning(start, check, signal, async ({ running }, tail) => {
    const exit = await Promise.race([running.exited, wait(TIMEOUT, undefined, { signal, ref: false })]);
    if (exit?.code === exitCode) return { name, ok: true, exitCode };
    const found = exit === undefined ? `still running after ${TIMEOUT} ms` : `exit code ${exit.code}`;
    const problem = `found ${found}, expected exit code ${exitCode}`;
    return {
      name,
      ok: false,
      problem,
      output: tail.lines(),
      ...(exit === undefined ? {} : { exitCode: exit.code }),
    };
  });
}
