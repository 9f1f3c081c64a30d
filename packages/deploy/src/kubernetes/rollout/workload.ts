import type { Api } from "../api/api.ts";
import { environmentSelector } from "../labels.ts";
import { type KubeObject, at, listAt, numberAt, textAt } from "../object.ts";

/** On pods of StatefulSets and DaemonSets. */
const REVISION_HASH = "controller-revision-hash";

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
  const revisions = daemons.length === 0 ? [] : await readRevisions(api, labels, signal);
  return [
    ...deployments.map((object) => deploymentOf(object, replicaSets, pods)),
    ...stateful.map((object) => split(object, pods, textAt(object, "status", "updateRevision"))),
    ...daemons.map((object) => split(object, pods, newestRevision(object, revisions))),
  ].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** DaemonSets do not say themselves which of their revisions is the newest. */
async function readRevisions(api: Api, labels: string, signal: AbortSignal): Promise<readonly KubeObject[]> {
  return api.list({ apiVersion: "apps/v1", kind: "ControllerRevision", labels }, signal);
}

/** As its pods are labelled with it. */
function newestRevision(object: KubeObject, revisions: readonly KubeObject[]): string | undefined {
  const own = revisions.filter((each) => isOwnedBy(each, object));
  const numberOf = (each: KubeObject): number => numberAt(each, "revision") ?? 0;
  return own.toSorted((a, b) => numberOf(b) - numberOf(a))[0]?.metadata.labels?.[REVISION_HASH];
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

/** Until the controller has seen the change, none of the pods is known to be of it. */
function split(object: KubeObject, pods: readonly KubeObject[], revision: string | undefined): Workload {
  const own = pods.filter((pod) => isOwnedBy(pod, object));
  const isNewest = (pod: KubeObject): boolean =>
    isObserved(object) && revision !== undefined && pod.metadata.labels?.[REVISION_HASH] === revision;
  return {
    name: object.metadata.name,
    object,
    pods: own.filter(isNewest),
    before: own.filter((pod) => !isNewest(pod)),
  };
}

function isOwnedBy(object: KubeObject, owner: KubeObject): boolean {
  return listAt(object, "metadata", "ownerReferences").some(({ uid }) => uid === owner.metadata.uid);
}

/** Why the controller itself has given up. */
export function deadEnd(workload: Workload): string | undefined {
  return isObserved(workload.object) ? exceeded(workload)?.text : undefined;
}

/** What is said of a passed deadline, and since when: maybe still of what was rolled out before. */
export function exceeded({ object }: Workload): { readonly text: string; readonly at: string } | undefined {
  const stuck = listAt(object, "status", "conditions").find(
    ({ type, reason }) => type === "Progressing" && reason === "ProgressDeadlineExceeded",
  );
  if (stuck === undefined) return undefined;
  const text = textAt(stuck, "message") ?? "progress deadline exceeded";
  return { text, at: textAt(stuck, "lastUpdateTime") ?? "" };
}

export function isObserved(object: KubeObject): boolean {
  return (numberAt(object, "status", "observedGeneration") ?? 0) >= (object.metadata.generation ?? 0);
}

/** Whether all of it that is to be is of the newest template, and ready. */
export function isComplete({ object }: Workload): boolean {
  if (!isObserved(object)) return false;
  const status = (key: string): number => numberAt(object, "status", key) ?? 0;
  const wanted = numberAt(object, "spec", "replicas") ?? 1;
  const strategy = at(object, "spec", "updateStrategy");
  // Then people replace the pods, when they want to.
  if (textAt(strategy, "type") === "OnDelete") return true;
  switch (object.kind) {
    case "Deployment":
      return (
        status("updatedReplicas") >= wanted &&
        status("replicas") <= status("updatedReplicas") &&
        status("availableReplicas") >= status("updatedReplicas")
      );
    case "StatefulSet":
      return (
        status("readyReplicas") >= wanted &&
        status("replicas") <= wanted &&
        status("updatedReplicas") >= wanted - (numberAt(strategy, "rollingUpdate", "partition") ?? 0)
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

export function isReady(pod: KubeObject): boolean {
  return listAt(pod, "status", "conditions").some(
    ({ type, status }) => type === "Ready" && status === "True",
  );
}

export function restartsOf(pods: readonly KubeObject[]): number {
  const statuses = pods.flatMap((pod) => listAt(pod, "status", "containerStatuses"));
  return statuses.reduce((sum, status) => sum + (numberAt(status, "restartCount") ?? 0), 0);
}

export function isStopped({ object }: Workload): boolean {
  return at(object, "spec", "replicas") === 0;
}
