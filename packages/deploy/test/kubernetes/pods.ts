import { createHash } from "node:crypto";
import type { Obj } from "./fields.ts";
import type { Kubelet } from "./kubelet.ts";
import type { Store } from "./store.ts";

/** What controllers do with the pods of what they roll out. */
export class Pods {
  readonly #store: Store;
  readonly #kubelet: Kubelet;
  /** Names of pods are new each time. */
  #serial = 0;

  constructor(store: Store, kubelet: Kubelet) {
    this.#store = store;
    this.#kubelet = kubelet;
  }

  of(owner: Obj): readonly Obj[] {
    return this.#store.seen("Pod", owner["metadata"].namespace).filter((pod) => isOwned(pod, owner));
  }

  suffix(): string {
    return (this.#serial++).toString(36).padStart(5, "b");
  }

  /** Why it may not be made, where a quota is exceeded; each try is an event. */
  make(
    owner: Obj,
    name: string,
    template: Obj,
    more: { labels?: Obj; node?: string } = {},
  ): string | undefined {
    if (this.#kubelet.behaviourOf(template).does === "over-quota") {
      const text = `pods "${name}" is forbidden: exceeded quota: compute, requested: pods=1, used: pods=4, limited: pods=4`;
      const what = owner["kind"] === "StatefulSet" ? `create Pod ${name} failed error` : "Error creating";
      this.#kubelet.event(owner, "FailedCreate", `${what}: ${text}`);
      return text;
    }
    const { namespace } = owner["metadata"];
    const metadata = {
      name,
      namespace,
      labels: { ...template["metadata"]?.labels, ...more.labels },
      ownerReferences: [ownerOf(owner)],
    };
    const spec = more.node === undefined ? template["spec"] : { ...template["spec"], nodeName: more.node };
    const pod = { apiVersion: "v1", kind: "Pod", metadata, spec, status: { phase: "Pending" } };
    this.#store.create(pod, "kube-controller-manager");
    return undefined;
  }

  end(pod: Obj): void {
    const { namespace, name } = pod["metadata"];
    this.#store.remove("Pod", namespace, name);
  }
}

export function ownerOf({ apiVersion, kind, metadata: { name, uid } }: Obj): Obj {
  return { apiVersion, kind, name, uid, controller: true };
}

export function isOwned(object: Obj, owner: Obj): boolean {
  return (object["metadata"].ownerReferences ?? []).some(({ uid }: Obj) => uid === owner["metadata"].uid);
}

export function isReady(pod: Obj): boolean {
  return (pod["status"]?.conditions ?? []).some(
    ({ type, status }: Obj) => type === "Ready" && status === "True",
  );
}

/** It was removed, and has its time to end. */
export function isLeaving(pod: Obj): boolean {
  return pod["metadata"].deletionTimestamp !== undefined;
}

/** Where keys stand makes no other template. */
export function templateHash(template: unknown): string {
  return createHash("sha256").update(canonical(template)).digest("hex").slice(0, 10);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
