import type { ServiceReport } from "../../target.ts";
import type { Api } from "../api/api.ts";
import { type KubeObject, at, listAt, numberAt, textAt } from "../object.ts";
import { plainText } from "../plain-text.ts";
import { readWarnings, warningsOf, withoutPod } from "./events.ts";
import { type Trouble, troubleOf } from "./trouble.ts";
import { type Workload, counts } from "./workload.ts";

const LINES = 20;
const MAX_WARNINGS = 3;
const TELLING = 40;
const LOG_WITHIN_MS = 5_000;
/** What a kubelet gives as the log, with a 200, of a container that it has removed meanwhile. */
const NO_LOG = /^unable to retrieve container logs for \S+:\/\//;

export interface Failed {
  readonly workload: Workload;
  /** What is known of it besides what its pods say. */
  readonly because?: string;
}

/** What people need to know of workloads that failed: the reasons of pods, warnings since a time, last log lines. */
export async function reportsOf(
  api: Api,
  failed: readonly Failed[],
  since: number,
  signal: AbortSignal,
): Promise<readonly ServiceReport[]> {
  const warnings = await readWarnings(api, since, signal);
  return Promise.all(
    failed.map(async ({ workload, because }) => {
      const { pod, trouble } = worst(workload);
      const denied = quotaOf(workload);
      const told = withoutPod([trouble?.text, denied].join("\n"));
      // Mostly a warning says again what the pod's status, or that of the replica set, says.
      const fresh = (text: string): boolean => !told.includes(withoutPod(text).slice(-TELLING));
      const said = warningsOf(workload, warnings).filter(fresh).slice(0, MAX_WARNINGS);
      const problem = [
        because,
        trouble === undefined ? counts(workload) : describe(trouble, workload),
        denied,
        ...said,
      ].filter((text) => text !== undefined);
      const output = pod === undefined ? [] : await lastLines(api, pod, trouble, signal);
      return { service: workload.name, problem: plainText(problem.join("; ")), output };
    }),
  );
}

function describe({ reason, text }: Trouble, { pods }: Workload): string {
  const same = pods.filter((pod) => troubleOf(pod)?.reason === reason).length;
  return `${reason}: ${text}${pods.length > 1 ? ` (${same} of ${pods.length} pods)` : ""}`;
}

/** The pod that tells most: hopeless before waiting, ended before not ready. */
function worst({ pods }: Workload): { readonly pod?: KubeObject; readonly trouble?: Trouble } {
  const rank = (trouble: Trouble): number => Number(trouble.hopeless) * 4 + Number(trouble.ended) * 2;
  const found = pods
    .flatMap((pod) => {
      const trouble = troubleOf(pod);
      return trouble === undefined ? [] : [{ pod, trouble }];
    })
    .toSorted((a, b) => rank(b.trouble) - rank(a.trouble));
  return found[0] ?? (pods[0] === undefined ? {} : { pod: pods[0] });
}

/** Pods that could not even be made: quota, admission. */
function quotaOf({ replicaSet, object }: Workload): string | undefined {
  const condition = [replicaSet, object]
    .flatMap((each) => listAt(each, "status", "conditions"))
    .find(({ type, status }) => type === "ReplicaFailure" && status === "True");
  return condition === undefined ? undefined : textAt(condition, "message");
}

async function lastLines(
  api: Api,
  pod: KubeObject,
  trouble: Trouble | undefined,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const container = trouble?.container ?? textAt(listAt(pod, "spec", "containers")[0], "name");
  if (container === undefined) return [];
  const status = [
    ...listAt(pod, "status", "initContainerStatuses"),
    ...listAt(pod, "status", "containerStatuses"),
  ].find(({ name }) => name === container);
  const before = (numberAt(status, "restartCount") ?? 0) > 0;
  const ended = at(status, "state", "terminated") !== undefined;
  // A container that was started again has not said yet why the one before it ended. Of those that ended nodes keep the
  // last one only.
  for (const previous of before ? [!ended, ended] : [false]) {
    const lines = await read(api, { pod: pod.metadata.name, container, lines: LINES, previous }, signal);
    if (lines.length > 0) return lines;
  }
  return [];
}

async function read(
  api: Api,
  request: Parameters<Api["log"]>[0],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const lines: string[] = [];
  try {
    const timely = AbortSignal.any([signal, AbortSignal.timeout(LOG_WITHIN_MS)]);
    for await (const line of api.log(request, timely)) if (!NO_LOG.test(line)) lines.push(line);
  } catch {
    // What did not start has no log, and a node may be away: the reasons are told all the same.
  }
  return lines.slice(-LINES);
}
