import type { Obj } from "./fields.ts";
import { type Pods, isLeaving, isOwned, isReady, ownerOf, templateHash } from "./pods.ts";
import type { Store } from "./store.ts";

const REVISION = "deployment.kubernetes.io/revision";

/** One step of the Deployment controller: all new pods beside the old ones, which go once these are ready. */
export function rollDeployment(deployment: Obj, store: Store, pods: Pods): void {
  const { namespace } = deployment["metadata"];
  const sets = store.seen("ReplicaSet", namespace).filter((set) => isOwned(set, deployment));
  const newest = newestSet(deployment, sets, store);
  const wanted: number = deployment["spec"].replicas;
  const fresh = staying(newest, pods);
  const old = sets
    .filter((set) => set["metadata"].uid !== newest["metadata"].uid)
    .flatMap((set) => staying(set, pods));
  let denied: string | undefined;
  for (let count = fresh.length; count < wanted && denied === undefined; count++)
    denied = pods.make(newest, `${newest["metadata"].name}-${pods.suffix()}`, newest["spec"].template);
  for (const pod of fresh.slice(wanted)) pods.end(pod);
  const ready = fresh.slice(0, wanted).filter(isReady).length;
  if (ready >= wanted) for (const pod of old) pods.end(pod);
  const updated = Math.min(wanted, fresh.length);
  const counts = {
    observedGeneration: deployment["metadata"].generation,
    // Sets report late: what has just been ended still counts.
    replicas: updated + old.length,
    updatedReplicas: updated,
    readyReplicas: ready,
    availableReplicas: ready,
  };
  const failure =
    denied === undefined
      ? []
      : [{ type: "ReplicaFailure", status: "True", reason: "FailedCreate", message: denied }];
  const conditions = [...progressing(deployment, newest, counts, Date.now()), ...failure];
  const revision = newest["metadata"].annotations[REVISION];
  store.setStatus(deployment, { ...counts, conditions }, { [REVISION]: revision });
}

function staying(set: Obj, pods: Pods): readonly Obj[] {
  return pods.of(set).filter((pod) => !isLeaving(pod));
}

/** Who goes back finds the set of then, which becomes the newest. */
function newestSet(deployment: Obj, sets: readonly Obj[], store: Store): Obj {
  const { namespace, name } = deployment["metadata"];
  const { template } = deployment["spec"];
  const own = `${name}-${templateHash(template)}`;
  const revisionOf = (set: Obj): number => Number(set["metadata"].annotations[REVISION]);
  const last = Math.max(0, ...sets.map(revisionOf));
  const annotations = { [REVISION]: String(last + 1) };
  const found = sets.find((set) => set["metadata"].name === own);
  if (found !== undefined) {
    if (revisionOf(found) === last) return found;
    return store.merge(
      "ReplicaSet",
      namespace,
      own,
      { metadata: { annotations } },
      "kube-controller-manager",
    );
  }
  const { labels } = template.metadata ?? {};
  const metadata = { name: own, namespace, labels, annotations, ownerReferences: [ownerOf(deployment)] };
  const made = { apiVersion: "apps/v1", kind: "ReplicaSet", metadata, spec: { template } };
  return store.create(made, "kube-controller-manager");
}

/**
 * Whether it gets on. One that once exceeded its deadline says so until a pod more is updated or ready, also while it
 * already goes back: only then the controller looks at it anew.
 */
function progressing(deployment: Obj, newest: Obj, counts: Obj, now: number): readonly Obj[] {
  const before: Obj = deployment["status"] ?? {};
  const last: Obj | undefined = before["conditions"]?.find(({ type }: Obj) => type === "Progressing");
  const of = (status: string, reason: string, message: string): readonly Obj[] => [
    { type: "Progressing", status, reason, message, lastUpdateTime: new Date(now).toISOString() },
  ];
  const set = newest["metadata"].name;
  const { replicas } = deployment["spec"];
  const isComplete = [counts["replicas"], counts["updatedReplicas"], counts["availableReplicas"]].every(
    (count) => count === replicas,
  );
  if (isComplete && last?.["reason"] === "NewReplicaSetAvailable") return [last];
  if (isComplete)
    return of("True", "NewReplicaSetAvailable", `ReplicaSet "${set}" has successfully progressed.`);
  const more = (key: string): boolean => counts[key] > (before[key] ?? 0);
  if (last === undefined || more("updatedReplicas") || more("readyReplicas"))
    return of("True", "ReplicaSetUpdated", `ReplicaSet "${set}" is progressing.`);
  if (last["reason"] === "ProgressDeadlineExceeded") return [last];
  const seconds: number = deployment["spec"].progressDeadlineSeconds;
  if (now < Date.parse(last["lastUpdateTime"]) + seconds * 1_000) return [last];
  return of("False", "ProgressDeadlineExceeded", `ReplicaSet "${set}" has timed out progressing.`);
}
