import { step } from "@seaworthy/builder";
import { DeployError } from "../error.ts";
import type { ApplyOptions } from "../target.ts";
import { applyObjects } from "./apply-objects.ts";
import { environmentSelector } from "./labels.ts";
import { isWorkload } from "./kinds.ts";
import { type KubeObject, listAt, refOf, withAt } from "./object.ts";
import { prune } from "./prune.ts";
import { awaitRollout } from "./rollout/await-rollout.ts";
import { isReady } from "./rollout/workload.ts";
import type { Session } from "./session.ts";
import type { Pending, StateStore, Wanted } from "./state.ts";
import { survey } from "./survey.ts";

type RunOptions = Pick<ApplyOptions, "progress" | "signal">;

/** Checks, applies, waits, and only then removes what is no longer wanted. */
export async function deploy(
  session: Session,
  store: StateStore,
  pending: Pending,
  { who, progress, signal }: ApplyOptions,
): Promise<void> {
  const { objects, checks, image } = pending;
  const began = session.clock.now();
  await survey(session, objects, signal);
  const before = await store.change(({ good }) => ({ good, pending }), signal);
  const applied = before.good.flatMap((each) => each.objects);
  await settle(session, began, pending, applied, { progress, signal });
  const at = new Date(session.clock.now()).toISOString().replace(/\.\d+Z$/, "Z");
  await store.change(({ good }) => {
    const others = good.filter((each) => each.image.digest !== image.digest);
    return { good: [{ image, at, who, objects, checks }, ...others] };
  }, signal);
}

/** Puts the current one back as it was, or ends all where there is none. */
export async function restore(session: Session, store: StateStore, options: RunOptions): Promise<void> {
  const { signal } = options;
  const began = session.clock.now();
  const { good, pending } = await store.read(signal);
  const [current] = good;
  const applied = [...(pending === undefined ? [] : [pending]), ...good].flatMap((each) => each.objects);
  if (current === undefined) await removeAll(session, applied, options);
  else await settle(session, began, current, applied, options);
  await store.change(({ good: kept }) => ({ good: kept }), signal);
}

/** Never data: volumes and their claims stay, and so does what is known. */
export async function stopAll(session: Session, store: StateStore, signal: AbortSignal): Promise<void> {
  const state = await store.read(signal);
  const objects = (state.pending ?? state.good[0])?.objects ?? [];
  for (const object of objects) {
    const quiet = quietOf(object);
    if (quiet === undefined || (await session.api.get(refOf(object), signal)) === undefined) continue;
    if (quiet === "removed") await session.api.remove(refOf(object), signal);
    else await session.api.apply(quiet, { force: true }, signal);
  }
  await awaitNoPods(session, signal);
  await store.change((before) => ({ ...before, stopped: true }), signal);
}

/** What it is like when it runs nothing; undefined for what never runs. */
function quietOf(object: KubeObject): KubeObject | "removed" | undefined {
  if (object.kind === "CronJob") return withAt(object, ["spec", "suspend"], true);
  if (!isWorkload(object)) return undefined;
  return object.kind === "DaemonSet" ? "removed" : withAt(object, ["spec", "replicas"], 0);
}

async function settle(
  session: Session,
  began: number,
  { objects, checks }: Wanted,
  applied: readonly KubeObject[],
  { progress, signal }: RunOptions,
): Promise<void> {
  const name = `apply ${objects.length} objects to ${session.where}`;
  await step(
    progress,
    { id: "kubernetes:apply", name },
    async () => {
      await applyObjects(session, objects, progress, signal);
      return { value: undefined };
    },
    signal,
  );
  const names = objects.filter(isWorkload).map(({ metadata }) => metadata.name);
  await awaitRollout({ ...session, began, names, checks, progress, signal });
  await prune(session, objects, applied, { progress, signal });
}

async function removeAll(
  session: Session,
  applied: readonly KubeObject[],
  { progress, signal }: RunOptions,
): Promise<void> {
  const name = `remove what was applied to ${session.where}`;
  await step(
    progress,
    { id: "kubernetes:remove", name },
    async () => {
      await prune(session, [], applied, { progress, signal });
      await awaitNoPods(session, signal);
      return { value: undefined };
    },
    signal,
  );
}

async function awaitNoPods(
  { api, environment, clock, within, interval, where }: Session,
  signal: AbortSignal,
): Promise<void> {
  const until = clock.now() + within;
  for (;;) {
    signal.throwIfAborted();
    const pods = await api.list(
      { apiVersion: "v1", kind: "Pod", labels: environmentSelector(environment) },
      signal,
    );
    if (pods.length === 0) return;
    for (const pod of pods.filter(isWaitedFor)) {
      const { uid } = pod.metadata;
      await api.remove(refOf(pod), signal, uid === undefined ? undefined : { uid });
    }
    if (clock.now() >= until) {
      const names = pods.map(({ metadata }) => metadata.name).join(", ");
      throw new DeployError("target", `${where}: still there after ${within / 1_000} s: ${names}`, {
        hint: "look at what holds these pods: kubectl describe pod",
      });
    }
    await clock.sleep(interval, signal);
  }
}

/** A StatefulSet that keeps the order ends no other pod before this one is ready, which it may never be. */
function isWaitedFor(pod: KubeObject): boolean {
  const isOfSet = listAt(pod, "metadata", "ownerReferences").some(({ kind }) => kind === "StatefulSet");
  return isOfSet && !isReady(pod) && pod.metadata["deletionTimestamp"] === undefined;
}
