import type { Api } from "../api/api.ts";
import { containersOf } from "../images.ts";
import { environmentSelector } from "../labels.ts";
import { type KubeObject, at, listAt, numberAt, textAt } from "../object.ts";

/** A workload with what it has made, as it is at one moment. */
export interface Workload {
  readonly name: string;
  readonly object: KubeObject;
  /** Those of its newest template. */
  readonly pods: readonly KubeObject[];
  /** Those of templates before, which still run. */
  readonly before: readonly KubeObject[];
  /** The newest, where it has some. */
  readonly replicaSet?: KubeObject;
}

/** All workloads of an environment. A few questions, however many there are. */
export async function readWorkloads(
  api: Api,
  environment: string,
  signal: AbortSignal,
): Promise<readonly Workload[]> {
  const labels = environmentSelector(environment);
  const of = (apiVersion: string, kind: string): Promise<readonly KubeObject[]> =>
    api.list({ apiVersion, kind, labels }, signal);
  const [deployments, stateful, daemons, replicaSets, pods] = await Promise.all([
    of("apps/v1", "Deployment"),
    of("apps/v1", "StatefulSet"),
    of("apps/v1", "DaemonSet"),
    of("apps/v1", "ReplicaSet"),
    of("v1", "Pod"),
  ]);
  return [
    ...deployments.map((object) => deploymentOf(object, replicaSets, pods)),
    ...stateful.map((object) => split(object, pods, revisionIs(textAt(object, "status", "updateRevision")))),
    ...daemons.map((object) => split(object, pods, runsImagesOf(object))),
  ].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function deploymentOf(
  object: KubeObject,
  replicaSets: readonly KubeObject[],
  pods: readonly KubeObject[],
): Workload {
  const REVISION = "deployment.kubernetes.io/revision";
  const own = replicaSets.filter((set) => isOwnedBy(set, object));
  // Until the controller has seen the change, its revision is that of the template before.
  const revision = isObserved(object) ? object.metadata.annotations?.[REVISION] : undefined;
  const newest = own.find(
    (set) => revision !== undefined && set.metadata.annotations?.[REVISION] === revision,
  );
  const ofNewest = newest === undefined ? [] : pods.filter((pod) => isOwnedBy(pod, newest));
  const before = own
    .filter((set) => set !== newest)
    .flatMap((set) => pods.filter((pod) => isOwnedBy(pod, set)));
  const { name } = object.metadata;
  return { name, object, pods: ofNewest, before, ...(newest === undefined ? {} : { replicaSet: newest }) };
}

function split(
  object: KubeObject,
  pods: readonly KubeObject[],
  isNewest: (pod: KubeObject) => boolean,
): Workload {
  const own = pods.filter((pod) => isOwnedBy(pod, object));
  return {
    name: object.metadata.name,
    object,
    pods: own.filter(isNewest),
    before: own.filter((pod) => !isNewest(pod)),
  };
}

function revisionIs(revision: string | undefined): (pod: KubeObject) => boolean {
  return (pod) => pod.metadata.labels?.["controller-revision-hash"] === revision;
}

/** A DaemonSet does not say which of its revisions is the newest. */
function runsImagesOf(object: KubeObject): (pod: KubeObject) => boolean {
  const wanted = containersOf(object).map(({ image }) => image);
  return (pod) => containersOf(pod).every(({ image }, index) => image === wanted[index]);
}

function isOwnedBy(object: KubeObject, owner: KubeObject): boolean {
  return listAt(object, "metadata", "ownerReferences").some(({ uid }) => uid === owner.metadata.uid);
}

/** Why the controller itself has given up. */
export function deadEnd({ object }: Workload): string | undefined {
  if (!isObserved(object)) return undefined;
  const stuck = listAt(object, "status", "conditions").find(
    ({ type, reason }) => type === "Progressing" && reason === "ProgressDeadlineExceeded",
  );
  return stuck === undefined ? undefined : (textAt(stuck, "message") ?? "progress deadline exceeded");
}

function isObserved(object: KubeObject): boolean {
  return (numberAt(object, "status", "observedGeneration") ?? 0) >= (object.metadata.generation ?? 0);
}

/** Whether all of it is of the newest template, and ready. */
export function isComplete({ object }: Workload): boolean {
  if (!isObserved(object)) return false;
  const status = (key: string): number => numberAt(object, "status", key) ?? 0;
  const wanted = numberAt(object, "spec", "replicas") ?? 1;
  switch (object.kind) {
    case "Deployment":
      return (
        status("updatedReplicas") >= wanted &&
        status("replicas") <= status("updatedReplicas") &&
        status("availableReplicas") >= status("updatedReplicas")
      );
    case "StatefulSet":
      if (textAt(object, "spec", "updateStrategy", "type") === "OnDelete") return true;
      return (
        status("readyReplicas") >= wanted &&
        textAt(object, "status", "currentRevision") === textAt(object, "status", "updateRevision")
      );
    default:
      return (
        status("updatedNumberScheduled") >= status("desiredNumberScheduled") &&
        status("numberAvailable") >= status("desiredNumberScheduled")
      );
  }
}

/** For people: `2 of 3 ready`. */
export function counts({ object }: Workload): string {
  const daemon = object.kind === "DaemonSet";
  const wanted =
    numberAt(object, "status", "desiredNumberScheduled") ?? numberAt(object, "spec", "replicas") ?? 1;
  const updated = numberAt(object, "status", daemon ? "updatedNumberScheduled" : "updatedReplicas") ?? 0;
  const ready = numberAt(object, "status", daemon ? "numberReady" : "readyReplicas") ?? 0;
  return `${updated} of ${wanted} updated, ${ready} ready`;
}

export function restartsOf(pods: readonly KubeObject[]): number {
  const statuses = pods.flatMap((pod) => listAt(pod, "status", "containerStatuses"));
  return statuses.reduce((sum, status) => sum + (numberAt(status, "restartCount") ?? 0), 0);
}

export function isStopped({ object }: Workload): boolean {
  return at(object, "spec", "replicas") === 0;
}
