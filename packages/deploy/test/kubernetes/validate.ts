import type { Obj } from "./fields.ts";
import { Refusal } from "./store.ts";

const WORKLOADS = ["Deployment", "StatefulSet", "DaemonSet"];
/** Fields of a container that manifests of tests have; all others are not in the schema of this server. */
const OF_CONTAINERS = new Set([
  "name",
  "image",
  "imagePullPolicy",
  "command",
  "args",
  "ports",
  "env",
  "envFrom",
  "resources",
  "volumeMounts",
  "startupProbe",
  "readinessProbe",
  "livenessProbe",
  "lifecycle",
  "securityContext",
]);

/** What an API server does not take of an applied workload, in its words. */
export function validate(object: Obj): void {
  const { kind, metadata, spec } = object;
  if (!WORKLOADS.includes(kind)) return;
  for (const container of spec.template?.spec?.containers ?? []) {
    const unknown = Object.keys(container).find((key) => !OF_CONTAINERS.has(key));
    if (unknown === undefined) continue;
    const place = `.spec.template.spec.containers[name=${JSON.stringify(container.name)}].${unknown}`;
    // A 500 without a reason, as it is no error of the API for the server itself.
    throw new Refusal(500, "", `failed to create typed patch object: ${place}: field not declared in schema`);
  }
  const wrong = Object.entries(spec.selector?.matchLabels ?? {}).some(
    ([key, value]) => spec.template?.metadata?.labels?.[key] !== value,
  );
  if (spec.selector !== undefined && !wrong) return;
  const message = `${kind}.apps "${metadata.name}" is invalid: spec.template.metadata.labels: Invalid value: \`selector\` does not match template \`labels\``;
  throw new Refusal(422, "Invalid", message);
}
