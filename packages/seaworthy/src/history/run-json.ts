import type { Run } from "@seaworthy/release";
import { terminalJson } from "./terminal-json.ts";

/** A release is its record; a failure has the facts that it came to. What we say of it stands above what others wrote. */
export function runJson(run: Run): string {
  return terminalJson(plain(run));
}

export function historyJson(runs: readonly Run[]): string {
  return terminalJson(runs.map(plain));
}

function plain(run: Run): object {
  if (run.outcome === "failure") return run;
  const { record, ...ours } = run;
  return { ...record, ...ours };
}
