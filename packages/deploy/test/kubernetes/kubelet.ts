import type { Obj } from "./fields.ts";
import { isLeaving } from "./pods.ts";
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
  /** What ended is removed as soon as it is started again, with its log. */
  readonly forgets?: true;
}

const READY_AFTER = 15;
const CRASHES_AFTER = 60;
const GONE_AFTER = 10;

/** Scheduler, and kubelet of all nodes, of the small API server: what pods do goes by the digest of their image, and its arguments. */
export class Kubelet {
  readonly #store: Store;
  readonly #behaviours: ReadonlyMap<string, Behaviour>;
  readonly #now: () => string;
  /** Milliseconds since a pod was made. */
  readonly #ages = new Map<string, number>();
  /** Milliseconds since a pod was to end. */
  readonly #leaving = new Map<string, number>();

  constructor(store: Store, behaviours: ReadonlyMap<string, Behaviour>, now: () => string) {
    this.#store = store;
    this.#behaviours = behaviours;
    this.#now = now;
  }

  behaviourOf(pod: Obj): Behaviour {
    const { image, args = [] } = pod["spec"].containers[0];
    const digest = String(image).split("@")[1] ?? "";
    return (
      this.#behaviours.get([digest, ...args].join(" ")) ?? this.#behaviours.get(digest) ?? { does: "run" }
    );
  }

  /** One step for a pod, after so many milliseconds. */
  step(pod: Obj, ms: number): void {
    const { uid, namespace, name } = pod["metadata"];
    if (isLeaving(pod)) {
      const left = (this.#leaving.get(uid) ?? 0) + ms;
      this.#leaving.set(uid, left);
      if (left >= GONE_AFTER) this.#store.drop("Pod", namespace, name);
      return;
    }
    const age = (this.#ages.get(uid) ?? 0) + ms;
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

  /** Up to three for an object and a reason: what comes again is counted. */
  event(of: Obj, reason: string, message: string): void {
    const { name, namespace, uid } = of["metadata"];
    const alike = this.#store
      .seen("Event", namespace)
      .filter((each) => each["involvedObject"].uid === uid && each["reason"] === reason);
    if (alike.length > 2 || alike.some((each) => each["message"] === message)) return;
    const own = `${name}.${reason.toLowerCase()}.${alike.length}`;
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
