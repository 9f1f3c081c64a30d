import type { Progress } from "@seaworthy/builder";
import type { Clock } from "@seaworthy/oci";
import { DeployError } from "../../error.ts";
import { UnhealthyError } from "../../unhealthy.ts";
import type { Api } from "../api/api.ts";
import { type Asking, answersAmiss } from "./answers.ts";
import { DeadEnds } from "./dead-ends.ts";
import { type Failed, reportsOf } from "./report.ts";
import { Steps } from "./steps.ts";
import { StuckPods } from "./stuck-pods.ts";
import { troubleOf } from "./trouble.ts";
import { type Workload, isComplete, readWorkloads, restartsOf } from "./workload.ts";

const REPORT_WITHIN_MS = 15_000;
/** Of the time, but no more than 10 s: whoever sets a limit from outside, to the same time, is to get the report. */
const RESERVED = 0.1;

export interface RolloutOptions extends Asking {
  readonly api: Api;
  readonly environment: string;
  readonly where: string;
  /** Names of the workloads that are waited for. */
  readonly names: readonly string[];
  /** When the deployment began, of which this is the last part. */
  readonly began: number;
  readonly within: number;
  readonly hold: number;
  readonly interval: number;
  readonly clock: Clock;
  readonly progress: Progress;
}

/**
 * Waits until all workloads are complete, and have stayed so without a restart for the hold time.
 *
 * Looks again and again instead of watching: a watch may fall silent without an end, and no restart is missed between two
 * looks, as pods count them.
 * @throws UnhealthyError as soon as one is beyond hope, or when the time is over
 */
export async function awaitRollout(options: RolloutOptions): Promise<void> {
  const { api, signal } = options;
  const since = api.now() - 1_000;
  const steps = new Steps(options);
  try {
    await completed(options, steps, since);
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

async function completed(options: RolloutOptions, steps: Steps, since: number): Promise<void> {
  const { began, clock, within, hold, interval, signal } = options;
  const until = began + within - Math.min(within * RESERVED, 10_000);
  const stuck = new StuckPods(options);
  const deadEnds = new DeadEnds();
  let healthy: { readonly at: number; readonly restarts: ReadonlyMap<string, number> } | undefined;
  for (;;) {
    signal.throwIfAborted();
    const workloads = await readWanted(options);
    for (const workload of workloads) steps.saw(workload);
    const open = workloads.filter((each) => !isComplete(each));
    const failed = [
      ...beyondHope(workloads, deadEnds),
      ...restarted(workloads, healthy?.restarts, hold),
      ...(clock.now() < until || open.length === 0 ? [] : late(open, clock.now() - began)),
    ];
    if (failed.length > 0) {
      throw new UnhealthyError(options.where, await reportsOf(options.api, failed, since, signal));
    }
    await stuck.remove(open, signal);
    const wrong = open.length > 0 ? [] : await answersAmiss(options);
    if (wrong.length > 0 && clock.now() >= until) throw new UnhealthyError(options.where, wrong);
    if (open.length > 0 || wrong.length > 0) healthy = undefined;
    else {
      healthy ??= { at: clock.now(), restarts: new Map(workloads.map((each) => [each.name, countOf(each)])) };
      if (clock.now() - healthy.at >= hold) return;
    }
    await clock.sleep(interval, signal);
  }
}

/** Where one is, the others that are in trouble are of interest too. */
function beyondHope(workloads: readonly Workload[], deadEnds: DeadEnds): readonly Failed[] {
  const dead = new Map(workloads.map((each) => [each, deadEnds.of(each)]));
  const isLost = (each: Workload): boolean => dead.get(each) !== undefined || isHopeless(each);
  if (!workloads.some(isLost)) return [];
  const isTroubled = ({ pods }: Workload): boolean => pods.some((pod) => troubleOf(pod)?.ended === true);
  return workloads
    .filter((each) => isLost(each) || isTroubled(each))
    .map((workload) => {
      const because = dead.get(workload);
      return { workload, ...(because === undefined ? {} : { because }) };
    });
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

function late(open: readonly Workload[], took: number): readonly Failed[] {
  const seconds = took < 10_000 ? (took / 1_000).toFixed(1) : String(Math.round(took / 1_000));
  return open.map((workload) => ({ workload, because: `not ready after ${seconds} s` }));
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
