import type { Progress } from "@seaworthy/builder";
import type { Api } from "../api/api.ts";
import { type KubeObject, numberAt, refOf, textAt } from "../object.ts";
import { type Workload, isObserved, isReady } from "./workload.ts";

export interface StuckPodsOptions {
  readonly api: Api;
  readonly where: string;
  readonly progress: Progress;
}

/**
 * Pods of templates before that keep a StatefulSet from being rolled out. One that keeps the order replaces none of its
 * pods before all of them are ready: so it never goes on, nor back, from a template that cannot start (kubernetes.io, "Forced
 * rollback"). People delete such pods by hand; here they go where they were not ready when the rollout began, as it would
 * have replaced them anyway. One that becomes unready meanwhile is left alone: that may be the rollout itself.
 */
export class StuckPods {
  readonly #options: StuckPodsOptions;
  /** By workload: those that were not ready at the first look. */
  readonly #found = new Map<string, ReadonlySet<string | undefined>>();

  constructor(options: StuckPodsOptions) {
    this.#options = options;
  }

  async remove(workloads: readonly Workload[], signal: AbortSignal): Promise<void> {
    const { api, where, progress } = this.#options;
    for (const workload of workloads.filter(keepsOrder)) {
      const stuck = workload.before.filter((pod) => isReplaced(pod, workload) && !isReady(pod));
      const found = this.#found.get(workload.name) ?? new Set(stuck.map(({ metadata }) => metadata.uid));
      this.#found.set(workload.name, found);
      for (const pod of stuck.filter(({ metadata }) => found.has(metadata.uid))) {
        const { name, uid } = pod.metadata;
        await api.remove(refOf(pod), signal, uid === undefined ? undefined : { uid });
        progress({ type: "warning", message: `${where}: removed pod ${name}, which was not ready before` });
      }
    }
  }
}

function keepsOrder({ object }: Workload): boolean {
  return (
    object.kind === "StatefulSet" &&
    isObserved(object) &&
    textAt(object, "spec", "podManagementPolicy") !== "Parallel" &&
    textAt(object, "spec", "updateStrategy", "type") !== "OnDelete"
  );
}

/** Below the partition pods stay as they are; one that ends already is replaced then. */
function isReplaced({ metadata }: KubeObject, { object }: Workload): boolean {
  const partition = numberAt(object, "spec", "updateStrategy", "rollingUpdate", "partition") ?? 0;
  const ordinal = Number(/\d+$/.exec(metadata.name)?.[0]);
  return ordinal >= partition && metadata["deletionTimestamp"] === undefined;
}
