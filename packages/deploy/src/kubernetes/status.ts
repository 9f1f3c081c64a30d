import type { Digest } from "@seaworthy/oci";
import pLimit from "p-limit";
import { DeployError } from "../error.ts";
import type { ServiceStatus, TargetStatus } from "../target.ts";
import { describeDifference } from "./differences.ts";
import { containersOf, imageDigest, imageName } from "./images.ts";
import { type KubeObject, refOf, textAt, titleOf } from "./object.ts";
import { plainText } from "./plain-text.ts";
import { troubleOf } from "./rollout/trouble.ts";
import {
  type Workload,
  counts,
  deadEnd,
  isComplete,
  isStopped,
  readWorkloads,
  restartsOf,
} from "./rollout/workload.ts";
import type { Session } from "./session.ts";
import type { Applied, State } from "./state.ts";
import { AT_ONCE, changesOf } from "./survey.ts";

export async function statusOf(session: Session, state: State, signal: AbortSignal): Promise<TargetStatus> {
  const [current] = state.good;
  const workloads = await readWorkloads(session.api, session.environment, signal);
  const image = state.pending?.image ?? current?.image;
  const drifts = current !== undefined && state.pending === undefined && state.stopped !== true;
  return {
    ...(current === undefined ? {} : { current: withoutObjects(current) }),
    ...(state.pending === undefined ? {} : { pending: state.pending.image }),
    good: state.good.map(withoutObjects),
    services: workloads.map((workload) => serviceStatus(workload, image?.name)),
    drift: drifts ? await driftOf(session, current.objects, signal) : [],
  };
}

function withoutObjects({ image, at, who }: Applied): { image: Applied["image"]; at: string; who: string } {
  return { image, at, who };
}

function serviceStatus(workload: Workload, name: string | undefined): ServiceStatus {
  const digest = digestOf(workload.object, name);
  const started = workload.pods.flatMap((pod) => textAt(pod, "status", "startTime") ?? []).toSorted();
  const problem = problemOf(workload);
  return {
    name: workload.name,
    state: stateOf(workload),
    restarts: restartsOf(workload.pods),
    ...(digest === undefined ? {} : { digest }),
    ...(started[0] === undefined ? {} : { since: started[0] }),
    ...(problem === undefined ? {} : { problem }),
  };
}

function stateOf(workload: Workload): ServiceStatus["state"] {
  if (isStopped(workload)) return "stopped";
  if (isComplete(workload)) return "healthy";
  const ended = workload.pods.some((pod) => {
    const trouble = troubleOf(pod);
    return trouble !== undefined && (trouble.ended || trouble.hopeless);
  });
  return ended || deadEnd(workload) !== undefined ? "unhealthy" : "starting";
}

function problemOf(workload: Workload): string | undefined {
  if (isStopped(workload) || isComplete(workload)) return undefined;
  const trouble = workload.pods.map(troubleOf).find((each) => each !== undefined);
  return trouble === undefined
    ? (deadEnd(workload) ?? counts(workload))
    : plainText(`${trouble.reason}: ${trouble.text}`);
}

/** Of the image with this name; sidecars, and services of others, have images of their own. */
export function digestOf(object: KubeObject, name: string | undefined): Digest | undefined {
  const ours = containersOf(object).find(({ image }) => imageName(image) === name);
  return ours === undefined ? undefined : imageDigest(ours.image);
}

/** How what is there differs from what was applied, by the server's own account. */
async function driftOf(
  { api }: Session,
  objects: readonly KubeObject[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const limit = pLimit(AT_ONCE);
  const lines = await Promise.all(
    objects.map((object) =>
      limit(async () => {
        const live = await api.get(refOf(object), signal);
        if (live === undefined) return [`${titleOf(object)} is missing`];
        try {
          const changes = await changesOf(api, object, live, objects, signal);
          return changes.map((change) => `${titleOf(object)}: ${describeDifference(object, change)}`);
        } catch (error) {
          // Who may only read is told so, instead of nothing.
          if (!(error instanceof DeployError)) throw error;
          return [`${titleOf(object)}: cannot be compared: ${error.message}`];
        }
      }),
    ),
  );
  return lines.flat();
}
