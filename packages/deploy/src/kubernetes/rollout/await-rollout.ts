import type { Progress } from "@seaworthy/builder";
import type { Clock } from "@seaworthy/oci";
import { DeployError } from "../../error.ts";
import { UnhealthyError } from "../../unhealthy.ts";
import type { Api } from "../api/api.ts";
import { type Failed, reportsOf } from "./report.ts";
import { troubleOf } from "./trouble.ts";
import { type Workload, counts, deadEnd, isComplete, readWorkloads, restartsOf } from "./workload.ts";

const REPORT_WITHIN_MS = 15_000;

export interface RolloutOptions {
  readonly api: Api;
  readonly environment: string;
  readonly where: string;
  /** Names of the workloads that are waited for. */
  readonly names: readonly string[];
  readonly within: number;
  readonly hold: number;
  readonly interval: number;
  readonly clock: Clock;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * Waits until all workloads are complete, and have stayed so without a restart for the hold time.
 *
 * Looks again and again instead of watching: a watch may fall silent without an end, and no restart is missed between two
 * looks, as pods count them.
 * @throws UnhealthyError as soon as one is beyond hope, or when the time is over
 */
export async function awaitRollout(options: RolloutOptions): Promise<void> {
  const { api, clock, signal } = options;
  const began = clock.now();
  const since = api.now() - 1_000;
  const steps = new Steps(options);
  try {
    await completed(options, steps, began, since);
    steps.end("done");
  } catch (error) {
    const ended = isTimeUp(signal);
    steps.end(signal.aborted && !ended ? "skipped" : "failed");
    throw ended ? await timeUp(options, error, since) : error;
  }
}

function isTimeUp({ aborted, reason }: AbortSignal): boolean {
  return aborted && (reason as { readonly name?: unknown } | null)?.name === "TimeoutError";
}

/** Whoever has set a limit to it wants to know what was not done by then. */
async function timeUp(options: RolloutOptions, error: unknown, since: number): Promise<unknown> {
  const signal = AbortSignal.timeout(REPORT_WITHIN_MS);
  try {
    const open = (await readWanted({ ...options, signal })).filter((each) => !isComplete(each));
    const failed = open.map((workload) => ({ workload, because: "not ready when its time was up" }));
    if (failed.length === 0) return error;
    return new UnhealthyError(options.where, await reportsOf(options.api, failed, since, signal));
  } catch {
    return error;
  }
}

async function completed(options: RolloutOptions, steps: Steps, began: number, since: number): Promise<void> {
  const { clock, within, hold, interval, signal } = options;
  let healthy: { readonly at: number; readonly restarts: ReadonlyMap<string, number> } | undefined;
  for (;;) {
    signal.throwIfAborted();
    const workloads = await readWanted(options);
    for (const workload of workloads) steps.saw(workload);
    const open = workloads.filter((each) => !isComplete(each));
    const failed = [
      ...beyondHope(workloads),
      ...restarted(workloads, healthy?.restarts, hold),
      ...(clock.now() - began < within || open.length === 0 ? [] : late(open, within)),
    ];
    if (failed.length > 0) {
      throw new UnhealthyError(options.where, await reportsOf(options.api, failed, since, signal));
    }
    if (open.length > 0) healthy = undefined;
    else {
      healthy ??= { at: clock.now(), restarts: new Map(workloads.map((each) => [each.name, countOf(each)])) };
      if (clock.now() - healthy.at >= hold) return;
    }
    await clock.sleep(interval, signal);
  }
}

/** Where one is, the others that are in trouble are of interest too. */
function beyondHope(workloads: readonly Workload[]): readonly Failed[] {
  const isLost = (each: Workload): boolean => deadEnd(each) !== undefined || isHopeless(each);
  if (!workloads.some(isLost)) return [];
  const isTroubled = ({ pods }: Workload): boolean => pods.some((pod) => troubleOf(pod)?.ended === true);
  return workloads.filter((each) => isLost(each) || isTroubled(each)).map((workload) => ({ workload }));
}

function restarted(
  workloads: readonly Workload[],
  before: ReadonlyMap<string, number> | undefined,
  hold: number,
): readonly Failed[] {
  const because = `restarted within the ${hold / 1_000} s that it must run`;
  return workloads
    .filter((each) => before !== undefined && countOf(each) > (before.get(each.name) ?? 0))
    .map((workload) => ({ workload, because }));
}

function late(open: readonly Workload[], within: number): readonly Failed[] {
  return open.map((workload) => ({ workload, because: `not ready after ${within / 1_000} s` }));
}

async function readWanted({
  api,
  environment,
  names,
  where,
  signal,
}: RolloutOptions): Promise<readonly Workload[]> {
  const found = await readWorkloads(api, environment, signal);
  const wanted = found.filter(({ name }) => names.includes(name));
  const missing = names.filter((name) => !wanted.some((each) => each.name === name));
  if (missing.length === 0) return wanted;
  throw new DeployError("target", `${where}: ${missing.join(", ")} went away while it was rolled out`, {
    hint: "find out who deletes it, and deploy again",
  });
}

function isHopeless({ pods }: Workload): boolean {
  return pods.some((pod) => troubleOf(pod)?.hopeless === true);
}

function countOf({ pods }: Workload): number {
  return restartsOf(pods);
}

/** A step for each workload, from its first look until it is complete. */
class Steps {
  readonly #progress: Progress;
  readonly #clock: Clock;
  readonly #open = new Map<string, { readonly began: number; said: string }>();
  readonly #done = new Set<string>();

  constructor({ progress, clock }: RolloutOptions) {
    this.#progress = progress;
    this.#clock = clock;
  }

  saw(workload: Workload): void {
    const { name } = workload;
    if (this.#done.has(name)) return;
    const id = `kubernetes:${name}`;
    let step = this.#open.get(name);
    if (step === undefined) {
      step = { began: this.#clock.now(), said: "" };
      this.#open.set(name, step);
      this.#progress({ type: "start", id, name: `rollout ${name}` });
    }
    if (isComplete(workload)) {
      this.#open.delete(name);
      this.#done.add(name);
      const ms = this.#clock.now() - step.began;
      this.#progress({ type: "end", id, status: "done", ms, note: counts(workload) });
      return;
    }
    const trouble = workload.pods.map(troubleOf).find((each) => each !== undefined);
    const said = [counts(workload), trouble && `${trouble.reason}: ${trouble.text}`]
      .filter(Boolean)
      .join("; ");
    if (said === step.said) return;
    step.said = said;
    this.#progress({ type: "output", id, stream: "stdout", text: `${said}\n` });
  }

  end(status: "done" | "failed" | "skipped"): void {
    for (const [name, { began }] of this.#open) {
      this.#progress({ type: "end", id: `kubernetes:${name}`, status, ms: this.#clock.now() - began });
    }
    this.#open.clear();
  }
}
