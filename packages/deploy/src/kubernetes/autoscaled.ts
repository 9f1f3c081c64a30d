import { FIELD_MANAGER } from "./api/client.ts";
import { isWorkload } from "./kinds.ts";
import { type KubeObject, at, listAt, numberAt, textAt, withAt } from "./object.ts";

const REPLICAS = ["spec", "replicas"] as const;

/**
 * With as many replicas as must be said: where a HorizontalPodAutoscaler owns them that is nothing, once it has set them.
 * Until then it is what runs, because a field that its only manager no longer sets falls back to 1.
 */
export function withReplicas(
  object: KubeObject,
  live: KubeObject | undefined,
  all: readonly KubeObject[],
): KubeObject {
  const least = leastOf(object, all);
  if (least === undefined) return object;
  const wanted = numberAt(object, ...REPLICAS) ?? least;
  if (live === undefined) return withAt(object, REPLICAS, Math.max(wanted, least));
  const running = numberAt(live, ...REPLICAS) ?? 1;
  // At 0 an autoscaler does nothing: somebody has stopped it.
  if (running > 0 && !isOurs(live)) return withAt(object, REPLICAS, undefined);
  return withAt(object, REPLICAS, Math.max(running, least));
}

function leastOf(object: KubeObject, all: readonly KubeObject[]): number | undefined {
  if (!isWorkload(object)) return undefined;
  const scaler = all.find(
    (each) =>
      each.kind === "HorizontalPodAutoscaler" &&
      textAt(each, "spec", "scaleTargetRef", "kind") === object.kind &&
      textAt(each, "spec", "scaleTargetRef", "name") === object.metadata.name,
  );
  return scaler === undefined ? undefined : (numberAt(scaler, "spec", "minReplicas") ?? 1);
}

function isOurs(live: KubeObject): boolean {
  return listAt(live, "metadata", "managedFields").some(
    (entry) =>
      entry["manager"] === FIELD_MANAGER &&
      entry["operation"] === "Apply" &&
      at(entry, "fieldsV1", "f:spec", "f:replicas") !== undefined,
  );
}
