import { isDeepStrictEqual } from "node:util";
import type { Obj } from "./fields.ts";

/** Some of what an API server fills in, so that nothing that is only defaulted looks like a difference. */
export function withDefaults(object: Obj): Obj {
  const { kind, spec } = object;
  if (kind === "Deployment" || kind === "StatefulSet") spec.replicas ??= 1;
  if (kind === "Deployment") {
    spec.revisionHistoryLimit ??= 10;
    spec.progressDeadlineSeconds ??= 600;
    spec.strategy ??= { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" } };
  }
  if (kind === "StatefulSet") {
    spec.podManagementPolicy ??= "OrderedReady";
    spec.updateStrategy ??= { type: "RollingUpdate", rollingUpdate: { partition: 0 } };
    spec.revisionHistoryLimit ??= 10;
  }
  if (kind === "DaemonSet") {
    spec.updateStrategy ??= { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } };
    spec.revisionHistoryLimit ??= 10;
  }
  if (kind === "Service") {
    spec.type ??= "ClusterIP";
    spec.clusterIP ??= "10.0.0.7";
    for (const port of spec.ports ?? []) {
      port.protocol ??= "TCP";
      port.targetPort ??= port.port;
    }
  }
  const pod = kind === "Pod" ? spec : spec?.template?.spec;
  if (pod !== undefined) {
    pod.restartPolicy ??= "Always";
    pod.dnsPolicy ??= "ClusterFirst";
    for (const container of pod.containers ?? []) {
      container.imagePullPolicy ??= "IfNotPresent";
      container.terminationMessagePath ??= "/dev/termination-log";
      for (const port of container.ports ?? []) port.protocol ??= "TCP";
      for (const probe of ["startupProbe", "readinessProbe", "livenessProbe"]) {
        if (container[probe] === undefined) continue;
        const filled = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 };
        container[probe] = { ...filled, ...container[probe] };
      }
      // 1000m of CPU is 1.
      for (const limits of Object.values((container.resources ?? {}) as Obj)) {
        if (limits?.cpu !== undefined) limits.cpu = String(limits.cpu).replace(/^(\d+)000m$/, "$1");
      }
    }
  }
  if (kind === "Secret") object["type"] ??= "Opaque";
  return object;
}

const COUNTER = "deprecated.daemonset.template.generation";

/** DaemonSets count the changes of their template in an annotation. */
export function withCounter(object: Obj, before: Obj | undefined): Obj {
  if (object["kind"] !== "DaemonSet") return object;
  const changed = !isDeepStrictEqual(before?.["spec"].template, object["spec"].template);
  const count = Number(before?.["metadata"].annotations[COUNTER] ?? 0) + Number(changed);
  const annotations = { ...object["metadata"].annotations, [COUNTER]: String(count) };
  return { ...object, metadata: { ...object["metadata"], annotations } };
}
