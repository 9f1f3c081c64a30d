import { setTimeout as wait } from "node:timers/promises";
import { type Running, memoryOf } from "@seaworthy/sandbox";
import type { CheckResult, ServiceCheck } from "./checks.ts";
import { becomesHealthy } from "./health.ts";
import { userOf } from "./process-user.ts";
import { type Start, whileRunning } from "./start.ts";
import { exitCodeBy, parseStopSignal } from "./stop-signal.ts";

export interface ServiceRules {
  /** A process that runs as root is refused unless this is set, whatever the image's config says of its user. */
  readonly allowRoot: boolean;
}

/** Starts a service, waits until it is healthy, and stops it as a container engine would. */
export function checkService(
  check: ServiceCheck,
  { allowRoot }: ServiceRules,
  start: Start,
  signal: AbortSignal,
): Promise<CheckResult> {
  const { name } = check;
  return whileRunning(start, check, signal, async (started, tail) => {
    const stopSignal = parseStopSignal(started.config.StopSignal);
    const health = await becomesHealthy(check, started, signal);
    signal.throwIfAborted();
    if (health.problem !== undefined) {
      return {
        name,
        ok: false,
        problem: health.problem,
        output: [...tail.lines(), ...(health.output ?? [])],
      };
    }
    const memory = memoryOf(started.running);
    const user = userOf(started.running);
    const stopped = await stops(started.running, stopSignal, check.stopsWithin, signal);
    const { problem = user === 0 && !allowRoot ? AS_ROOT : undefined, ...ending } = stopped;
    const measured = { ...health, ...ending, ...(memory === undefined ? {} : { memory }) };
    if (problem === undefined) return { name, ok: true, ...measured };
    return { name, ok: false, problem, output: tail.lines(), ...measured };
  });
}

const AS_ROOT = "found its process running as root (uid 0), expected another user";

interface Stopped {
  readonly problem?: string;
  readonly stopMs: number;
  readonly exitCode?: number;
}

/** A service that falls over when it is told to stop loses what it was doing, so its exit code counts. */
async function stops(
  running: Running,
  stopSignal: NodeJS.Signals,
  within: number,
  signal: AbortSignal,
): Promise<Stopped> {
  const begun = performance.now();
  await running.kill(stopSignal);
  const exit = await Promise.race([running.exited, wait(within, undefined, { signal, ref: false })]);
  const stopMs = Math.round(performance.now() - begun);
  if (exit === undefined) {
    const problem = `still running ${within} ms after ${stopSignal}, expected to have stopped; a first process ignores signals that it has no handler for`;
    return { problem, stopMs };
  }
  const { code: exitCode } = exit;
  const good = [0, exitCodeBy(stopSignal)];
  if (good.includes(exitCode)) return { stopMs, exitCode };
  const problem = `ended with exit code ${exitCode} on ${stopSignal}, expected ${good.join(" or ")}`;
  return { problem, stopMs, exitCode };
}
