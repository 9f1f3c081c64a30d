import { type KubeObject, groupOf } from "./object.ts";

interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
  /** May go when the manifests no longer have it. Never what holds data, or other people's things. */
  readonly prune: boolean;
}

const kept = (apiVersion: string, kind: string): Kind => ({ apiVersion, kind, prune: false });
const pruned = (apiVersion: string, kind: string): Kind => ({ apiVersion, kind, prune: true });

/** In the order in which they are applied: what others need comes first. Removal goes backwards. */
const KINDS: readonly Kind[] = [
  kept("v1", "Namespace"),
  pruned("v1", "ResourceQuota"),
  pruned("v1", "LimitRange"),
  pruned("v1", "ServiceAccount"),
  pruned("rbac.authorization.k8s.io/v1", "Role"),
  pruned("rbac.authorization.k8s.io/v1", "RoleBinding"),
  pruned("v1", "Secret"),
  pruned("v1", "ConfigMap"),
  kept("v1", "PersistentVolumeClaim"),
  pruned("v1", "Service"),
  pruned("networking.k8s.io/v1", "NetworkPolicy"),
  pruned("policy/v1", "PodDisruptionBudget"),
  pruned("apps/v1", "Deployment"),
  pruned("apps/v1", "StatefulSet"),
  pruned("apps/v1", "DaemonSet"),
  pruned("batch/v1", "CronJob"),
  pruned("autoscaling/v2", "HorizontalPodAutoscaler"),
  pruned("networking.k8s.io/v1", "Ingress"),
];

export const PRUNED_KINDS: readonly Kind[] = KINDS.filter(({ prune }) => prune);

const WORKLOADS: readonly string[] = ["Deployment", "StatefulSet", "DaemonSet"];

/** What runs all the time and is waited for: one service each. */
export function isWorkload({ apiVersion, kind }: KubeObject): boolean {
  return groupOf(apiVersion) === "apps" && WORKLOADS.includes(kind);
}

/** Kinds that are not known come last: what defines them is known. */
export function inOrder(objects: readonly KubeObject[]): readonly KubeObject[] {
  const place = ({ apiVersion, kind }: KubeObject): number => {
    const found = KINDS.findIndex(
      (each) => each.kind === kind && groupOf(each.apiVersion) === groupOf(apiVersion),
    );
    return found === -1 ? KINDS.length : found;
  };
  return objects.toSorted((a, b) => place(a) - place(b));
}

/** Where a kind has the template of its pods; undefined for kinds without. */
export function templatePath({ apiVersion, kind }: KubeObject): readonly string[] | undefined {
  const group = groupOf(apiVersion);
  if (group === "" && kind === "Pod") return [];
  if (
    group === "apps" &&
    (isWorkload({ apiVersion, kind, metadata: { name: "" } }) || kind === "ReplicaSet")
  ) {
    return ["spec", "template"];
  }
  if (group === "batch" && kind === "Job") return ["spec", "template"];
  if (group === "batch" && kind === "CronJob") return ["spec", "jobTemplate", "spec", "template"];
  return undefined;
}
