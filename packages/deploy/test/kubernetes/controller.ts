import { createHash } from "node:crypto";
import type { Obj } from "./fields.ts";
import type { Store } from "./store.ts";

/** What becomes of a container of an image. */
export interface Behaviour {
  readonly does:
    | "run"
    /** Ends at once, again and again. */
    | "crash"
    | "out-of-memory"
    /** No registry has it. */
    | "missing"
    | "never-ready"
    /** No node takes it. */
    | "unschedulable"
    /** May not even be made. */
    | "over-quota"
    /** Becomes ready, and ends once some time later. */
    | "crash-later";
  readonly log?: readonly string[];
}

const TICK = 5;
const READY_AFTER = 15;
const CRASHES_AFTER = 60;

/** Deployment controller, garbage collector, scheduler and kubelet of the small API server. */
export class Controller {
  readonly #store: Store;
  readonly #behaviours: ReadonlyMap<string, Behaviour>;
  readonly #now: () => string;
  readonly #timer: NodeJS.Timeout;
  /** Milliseconds since a pod was made. */
  readonly #ages = new Map<string, number>();
  /** Names of pods are new each time. */
  #serial = 0;

  constructor(store: Store, behaviours: ReadonlyMap<string, Behaviour>, now: () => string) {
    this.#store = store;
    this.#behaviours = behaviours;
    this.#now = now;
    this.#timer = setInterval(() => this.#tick(), TICK);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  behaviourOf(pod: Obj): Behaviour {
    const image = String(pod["spec"].containers[0].image);
    return this.#behaviours.get(image.split("@")[1] ?? "") ?? { does: "run" };
  }

  #tick(): void {
    this.#collect();
    for (const deployment of this.#store.seen("Deployment")) this.#roll(deployment);
    for (const pod of this.#store.seen("Pod")) this.#kubelet(pod);
  }

  /** What has lost its owner goes. */
  #collect(): void {
    for (const kind of ["ReplicaSet", "Pod"]) {
      for (const object of this.#store.seen(kind)) {
        const [owner] = object["metadata"].ownerReferences ?? [];
        const { namespace, name } = object["metadata"];
        if (owner === undefined || this.#store.has(owner.kind, namespace, owner.name, owner.uid)) continue;
        this.#store.remove(kind, namespace, name);
      }
    }
  }

  #roll(deployment: Obj): void {
    const { namespace } = deployment["metadata"];
    const sets = this.#store.seen("ReplicaSet", namespace).filter((set) => isOwned(set, deployment));
    const newest = this.#newest(deployment, sets);
    const wanted: number = deployment["spec"].replicas;
    const pods = this.#store.seen("Pod", namespace);
    const fresh = pods.filter((pod) => isOwned(pod, newest));
    const old = pods.filter((pod) =>
      sets.some((set) => set["metadata"].uid !== newest["metadata"].uid && isOwned(pod, set)),
    );
    const denied = this.#denied(newest, wanted - fresh.length);
    if (denied === undefined) for (let count = fresh.length; count < wanted; count++) this.#makePod(newest);
    for (const pod of fresh.slice(wanted)) this.#store.remove("Pod", namespace, pod["metadata"].name);
    const ready = fresh.slice(0, wanted).filter(isReady).length;
    if (ready >= wanted) for (const pod of old) this.#store.remove("Pod", namespace, pod["metadata"].name);
    const still = ready >= wanted ? 0 : old.length;
    const updated = Math.min(wanted, fresh.length);
    const conditions =
      denied === undefined
        ? []
        : [{ type: "ReplicaFailure", status: "True", reason: "FailedCreate", message: denied }];
    const status = {
      observedGeneration: deployment["metadata"].generation,
      replicas: updated + still,
      updatedReplicas: updated,
      readyReplicas: ready,
      availableReplicas: ready,
      conditions,
    };
    const revision = newest["metadata"].annotations["deployment.kubernetes.io/revision"];
    this.#store.setStatus(deployment, status, { "deployment.kubernetes.io/revision": revision });
    if (denied !== undefined) this.event(newest, "FailedCreate", `Error creating: ${denied}`);
  }

  #newest(deployment: Obj, sets: readonly Obj[]): Obj {
    const { namespace, name, uid } = deployment["metadata"];
    const template = deployment["spec"].template;
    const hash = createHash("sha256").update(canonical(template)).digest("hex").slice(0, 10);
    const last = Math.max(
      0,
      ...sets.map((set) => Number(set["metadata"].annotations["deployment.kubernetes.io/revision"])),
    );
    const found = sets.find((set) => set["metadata"].name === `${name}-${hash}`);
    if (found !== undefined) {
      const own = Number(found["metadata"].annotations["deployment.kubernetes.io/revision"]);
      if (own < last) {
        const annotations = { "deployment.kubernetes.io/revision": String(last + 1) };
        this.#store.merge(
          "ReplicaSet",
          namespace,
          found["metadata"].name,
          { metadata: { annotations } },
          "deployment-controller",
        );
      }
      return this.#store.get("ReplicaSet", namespace, `${name}-${hash}`)!;
    }
    const metadata = {
      name: `${name}-${hash}`,
      namespace,
      labels: template.metadata?.labels,
      annotations: { "deployment.kubernetes.io/revision": String(last + 1) },
      ownerReferences: [{ apiVersion: "apps/v1", kind: "Deployment", name, uid, controller: true }],
    };
    return this.#store.create(
      { apiVersion: "apps/v1", kind: "ReplicaSet", metadata, spec: { template } },
      "deployment-controller",
    );
  }

  #denied(set: Obj, missing: number): string | undefined {
    const pod = { spec: set["spec"].template.spec };
    if (missing <= 0 || this.behaviourOf(pod).does !== "over-quota") return undefined;
    return `pods "${set["metadata"].name}-x" is forbidden: exceeded quota: compute, requested: pods=1, used: pods=4, limited: pods=4`;
  }

  #makePod(set: Obj): void {
    const { namespace, name, uid } = set["metadata"];
    const { template } = set["spec"];
    const metadata = {
      name: `${name}-${(this.#serial++).toString(36).padStart(5, "b")}`,
      namespace,
      labels: template.metadata?.labels,
      ownerReferences: [{ apiVersion: "apps/v1", kind: "ReplicaSet", name, uid, controller: true }],
    };
    this.#store.create(
      { apiVersion: "v1", kind: "Pod", metadata, spec: template.spec, status: { phase: "Pending" } },
      "replicaset-controller",
    );
  }

  #kubelet(pod: Obj): void {
    const { uid } = pod["metadata"];
    const age = (this.#ages.get(uid) ?? 0) + TICK;
    this.#ages.set(uid, age);
    const { does } = this.behaviourOf(pod);
    const startTime = pod["status"].startTime ?? this.#now();
    if (does === "unschedulable") {
      const message = "0/2 nodes are available: 2 Insufficient memory.";
      const condition = { type: "PodScheduled", status: "False", reason: "Unschedulable", message };
      this.#store.setStatus(pod, { phase: "Pending", conditions: [condition] });
      this.event(pod, "FailedScheduling", message);
      return;
    }
    const container = this.#containerStatus(pod, does, age);
    const containerStatuses = [
      { name: pod["spec"].containers[0].name, image: pod["spec"].containers[0].image, ...container },
    ];
    const conditions = [{ type: "Ready", status: container["ready"] === true ? "True" : "False" }];
    const phase = container["state"].waiting === undefined ? "Running" : "Pending";
    this.#store.setStatus(pod, { phase, startTime, conditions, containerStatuses });
  }

  #containerStatus(pod: Obj, does: Behaviour["does"], age: number): Obj {
    const startedAt = pod["status"].startTime ?? this.#now();
    const image = pod["spec"].containers[0].image;
    const running = { running: { startedAt } };
    const ended = (reason: string, exitCode: number) => ({
      terminated: { reason, exitCode, startedAt, finishedAt: startedAt },
    });
    switch (does) {
      case "missing": {
        const message = `failed to pull and unpack image "${image}": ${image}: not found`;
        this.event(pod, "Failed", `Failed to pull image "${image}": ${message}`);
        return age < 20
          ? { ready: false, restartCount: 0, state: { waiting: { reason: "ErrImagePull", message } } }
          : {
              ready: false,
              restartCount: 0,
              state: {
                waiting: {
                  reason: "ImagePullBackOff",
                  message: `Back-off pulling image "${image}": ErrImagePull: ${message}`,
                },
              },
            };
      }
      case "crash":
      case "out-of-memory": {
        const lastState = does === "crash" ? ended("Error", 1) : ended("OOMKilled", 137);
        const restartCount = Math.floor(age / 20);
        if (restartCount === 0) return { ready: false, restartCount, state: lastState };
        this.event(pod, "BackOff", "Back-off restarting failed container");
        return {
          ready: false,
          restartCount,
          lastState,
          state: {
            waiting: { reason: "CrashLoopBackOff", message: "back-off 10s restarting failed container" },
          },
        };
      }
      case "never-ready":
        if (age > READY_AFTER)
          this.event(pod, "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503");
        return { ready: false, restartCount: 0, state: running };
      case "crash-later":
        if (age > CRASHES_AFTER)
          return { ready: true, restartCount: 1, state: running, lastState: ended("Error", 1) };
        return { ready: age > READY_AFTER, restartCount: 0, state: running };
      default:
        if (age < READY_AFTER)
          return { ready: false, restartCount: 0, state: { waiting: { reason: "ContainerCreating" } } };
        return { ready: true, restartCount: 0, state: running };
    }
  }

  /** Once for an object and a reason. */
  event(of: Obj, reason: string, message: string): void {
    const { name, namespace, uid } = of["metadata"];
    const own = `${name}.${reason.toLowerCase()}`;
    if (this.#store.get("Event", namespace, own) !== undefined) return;
    const involvedObject = { apiVersion: of["apiVersion"], kind: of["kind"], name, namespace, uid };
    const time = this.#now();
    this.#store.create(
      {
        apiVersion: "v1",
        kind: "Event",
        metadata: { name: own, namespace },
        involvedObject,
        reason,
        message,
        type: "Warning",
        firstTimestamp: time,
        lastTimestamp: time,
        count: 1,
      },
      "kubelet",
    );
  }
}

/** Where keys stand makes no other template. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

function isOwned(object: Obj, owner: Obj): boolean {
  return (object["metadata"].ownerReferences ?? []).some(({ uid }: Obj) => uid === owner["metadata"].uid);
}

export function isReady(pod: Obj): boolean {
  return (pod["status"]?.conditions ?? []).some(
    ({ type, status }: Obj) => type === "Ready" && status === "True",
  );
}
