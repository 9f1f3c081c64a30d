export interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

const of = (apiVersion: string, kind: string, plural: string, namespaced = true): Kind => ({
  apiVersion,
  kind,
  plural,
  namespaced,
});

/** What the server has, as discovery tells it. */
export const KINDS: readonly Kind[] = [
  of("v1", "Namespace", "namespaces", false),
  of("v1", "Node", "nodes", false),
  of("v1", "Pod", "pods"),
  of("v1", "Event", "events"),
  of("v1", "Service", "services"),
  of("v1", "ServiceAccount", "serviceaccounts"),
  of("v1", "Secret", "secrets"),
  of("v1", "ConfigMap", "configmaps"),
  of("v1", "PersistentVolumeClaim", "persistentvolumeclaims"),
  of("v1", "ResourceQuota", "resourcequotas"),
  of("v1", "LimitRange", "limitranges"),
  of("apps/v1", "Deployment", "deployments"),
  of("apps/v1", "ReplicaSet", "replicasets"),
  of("apps/v1", "StatefulSet", "statefulsets"),
  of("apps/v1", "DaemonSet", "daemonsets"),
  of("apps/v1", "ControllerRevision", "controllerrevisions"),
  of("batch/v1", "CronJob", "cronjobs"),
  of("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies"),
  of("networking.k8s.io/v1", "Ingress", "ingresses"),
  of("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets"),
  of("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers"),
  of("rbac.authorization.k8s.io/v1", "Role", "roles"),
  of("rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings"),
  of("coordination.k8s.io/v1", "Lease", "leases"),
];
