import { readFileSync } from "node:fs";
import { processTree } from "./process-tree.ts";
import type { Running } from "./sandbox.ts";

/** Peak resident memory of one process in bytes; a process that has ended, or is about to, shows none. */
function peakOf(pid: number): number | undefined {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    return undefined;
  }
}

/**
 * The most memory the first process and its living descendants had resident, in bytes: the sum of each one's own peak,
 * shared pages counted once per process. `undefined` when the first process is gone.
 */
export function memoryOf({ pid }: Pick<Running, "pid">): number | undefined {
  if (pid <= 0) return undefined;
  const own = peakOf(pid);
  if (own === undefined) return undefined;
  const descendants = processTree(pid).slice(1);
  return descendants.reduce((sum, child) => sum + (peakOf(child) ?? 0), own);
}
