import type { Obj } from "./fields.ts";
import { type Pods, isLeaving, isReady } from "./pods.ts";
import { revisionFor, revisionsOf } from "./revisions.ts";
import type { Store } from "./store.ts";

const HASH = "controller-revision-hash";

/**
 * One step of the StatefulSet controller, after its `defaultStatefulSetControl`: with OrderedReady it does nothing at all,
 * and so replaces nothing, before the pod with the lowest number that is not ready has become so.
 */
export function rollStatefulSet(set: Obj, store: Store, pods: Pods): void {
  const update = revisionFor(set, store);
  const before = set["status"] ?? {};
  const current =
    revisionsOf(set, store).find((each) => each["metadata"].name === before.currentRevision) ?? update;
  step(set, pods, current, update);
  report(set, store, pods, current, update);
}

function step(set: Obj, pods: Pods, current: Obj, update: Obj): void {
  const { replicas, podManagementPolicy, updateStrategy } = set["spec"];
  const inOrder = podManagementPolicy === "OrderedReady";
  const partition: number = updateStrategy.rollingUpdate?.partition ?? 0;
  const own = new Map(pods.of(set).map((pod) => [ordinalOf(pod), pod]));
  const unready = [...own].filter(([, pod]) => !isReady(pod) || isLeaving(pod)).map(([ordinal]) => ordinal);
  for (let ordinal = 0; ordinal < replicas; ordinal++) {
    const pod = own.get(ordinal);
    if (pod === undefined) {
      const revision = ordinal < partition ? current : update;
      const { name } = set["metadata"];
      const labels = {
        [HASH]: revision["metadata"].name,
        "statefulset.kubernetes.io/pod-name": `${name}-${ordinal}`,
      };
      pods.make(set, `${name}-${ordinal}`, revision["data"].spec.template, { labels });
    }
    if (inOrder && (pod === undefined || isLeaving(pod) || !isReady(pod))) return;
  }
  const extra = [...own.keys()].filter((ordinal) => ordinal >= replicas).toSorted((a, b) => b - a);
  for (const ordinal of extra) {
    const pod = own.get(ordinal)!;
    if (isLeaving(pod) && inOrder) return;
    if (!isReady(pod) && inOrder && ordinal !== Math.min(...unready)) return;
    if (!isLeaving(pod)) pods.end(pod);
    if (inOrder) return;
  }
  if (updateStrategy.type === "OnDelete") return;
  for (let ordinal = replicas - 1; ordinal >= partition; ordinal--) {
    const pod = own.get(ordinal);
    if (pod !== undefined && pod["metadata"].labels[HASH] !== update["metadata"].name && !isLeaving(pod))
      return pods.end(pod);
    if (pod === undefined || isLeaving(pod) || !isReady(pod)) return;
  }
}

function report(set: Obj, store: Store, pods: Pods, current: Obj, update: Obj): void {
  const own = pods.of(set);
  const staying = own.filter((pod) => !isLeaving(pod));
  const of = (revision: Obj): number =>
    staying.filter((pod) => pod["metadata"].labels[HASH] === revision["metadata"].name).length;
  const readyReplicas = own.filter(isReady).length;
  const [currentReplicas, updatedReplicas] = [of(current), of(update)];
  const isThrough =
    set["spec"].updateStrategy.type === "RollingUpdate" &&
    updatedReplicas === own.length &&
    readyReplicas === own.length;
  store.setStatus(set, {
    observedGeneration: set["metadata"].generation,
    replicas: own.length,
    readyReplicas,
    currentReplicas: isThrough ? updatedReplicas : currentReplicas,
    updatedReplicas,
    currentRevision: (isThrough ? update : current)["metadata"].name,
    updateRevision: update["metadata"].name,
  });
}

function ordinalOf(pod: Obj): number {
  return Number(/\d+$/.exec(pod["metadata"].name)![0]);
}
