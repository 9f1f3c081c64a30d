import { rollDaemonSet } from "./daemon-sets.ts";
import { rollDeployment } from "./deployments.ts";
import { Kubelet, type Behaviour } from "./kubelet.ts";
import { Pods } from "./pods.ts";
import { rollStatefulSet } from "./stateful-sets.ts";
import type { Store } from "./store.ts";

const TICK = 5;

/** The controllers and the garbage collector of the small API server, and its kubelet. */
export class Controller {
  readonly kubelet: Kubelet;
  readonly #store: Store;
  readonly #pods: Pods;
  readonly #timer: NodeJS.Timeout;

  constructor(store: Store, behaviours: ReadonlyMap<string, Behaviour>, now: () => string) {
    this.#store = store;
    this.kubelet = new Kubelet(store, behaviours, now);
    this.#pods = new Pods(store, this.kubelet);
    this.#timer = setInterval(() => this.#tick(), TICK);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    this.#collect();
    for (const each of this.#store.seen("Deployment")) rollDeployment(each, this.#store, this.#pods);
    for (const each of this.#store.seen("StatefulSet")) rollStatefulSet(each, this.#store, this.#pods);
    for (const each of this.#store.seen("DaemonSet")) rollDaemonSet(each, this.#store, this.#pods);
    for (const pod of this.#store.seen("Pod")) this.kubelet.step(pod, TICK);
  }

  /** What has lost its owner goes. */
  #collect(): void {
    for (const kind of ["ReplicaSet", "ControllerRevision", "Pod"]) {
      for (const object of this.#store.seen(kind)) {
        const [owner] = object["metadata"].ownerReferences ?? [];
        const { namespace, name } = object["metadata"];
        if (owner === undefined || this.#store.has(owner.kind, namespace, owner.name, owner.uid)) continue;
        this.#store.remove(kind, namespace, name);
      }
    }
  }
}
