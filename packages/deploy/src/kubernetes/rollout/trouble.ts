import { type JsonObject, type KubeObject, listAt, numberAt, textAt } from "../object.ts";

/** What keeps a pod from being ready, in the words of the cluster. */
export interface Trouble {
  readonly reason: string;
  readonly text: string;
  readonly container?: string;
  /** Whether the log of interest is that of the container that ended last. */
  readonly ended: boolean;
  /** Waiting longer will not help. */
  readonly hopeless: boolean;
}

/** So many restarts are no start that takes a while. */
const HOPELESS_RESTARTS = 3;
/** What registries say of an image that is not there, or not for us. */
const NO_SUCH_IMAGE =
  /not found|manifest unknown|name unknown|denied|unauthorized|no match for platform|invalid reference/i;

/** Undefined where it is ready, or just starting and well. */
export function troubleOf(pod: KubeObject): Trouble | undefined {
  const scheduling = unscheduled(pod);
  if (scheduling !== undefined) return scheduling;
  const containers = [
    ...listAt(pod, "status", "initContainerStatuses"),
    ...listAt(pod, "status", "containerStatuses"),
  ];
  for (const container of containers) {
    const trouble = containerTrouble(container);
    if (trouble !== undefined) return trouble;
  }
  if (textAt(pod, "status", "phase") === "Failed") {
    const reason = textAt(pod, "status", "reason") ?? "Failed";
    return {
      reason,
      text: textAt(pod, "status", "message") ?? "the pod failed",
      ended: false,
      hopeless: false,
    };
  }
  const unready = listAt(pod, "status", "containerStatuses").find(({ ready }) => ready !== true);
  if (unready === undefined) return undefined;
  const running = textAt(unready, "state", "running", "startedAt");
  if (running === undefined) return undefined;
  const name = textAt(unready, "name") ?? "";
  const text = `container ${name} runs since ${running} and is not ready`;
  return { reason: "NotReady", text, container: name, ended: false, hopeless: false };
}

function unscheduled(pod: KubeObject): Trouble | undefined {
  const condition = listAt(pod, "status", "conditions").find(
    (each) => each["type"] === "PodScheduled" && each["status"] === "False",
  );
  if (condition === undefined) return undefined;
  const text = textAt(condition, "message") ?? "no node takes it";
  return { reason: textAt(condition, "reason") ?? "Unschedulable", text, ended: false, hopeless: false };
}

function containerTrouble(container: JsonObject): Trouble | undefined {
  const name = textAt(container, "name") ?? "";
  const waiting = textAt(container, "state", "waiting", "reason");
  const message = textAt(container, "state", "waiting", "message") ?? "";
  const restarts = numberAt(container, "restartCount") ?? 0;
  switch (waiting) {
    case "CrashLoopBackOff":
      return {
        reason: waiting,
        text: `container ${name} ${endOf(container)}, ${times(restarts)}`,
        container: name,
        ended: true,
        hopeless: restarts >= HOPELESS_RESTARTS,
      };
    case undefined:
    case "ContainerCreating":
    case "PodInitializing":
      return terminated(container, name, restarts);
    default: {
      const pulling = waiting === "ErrImagePull" || waiting === "ImagePullBackOff";
      const hopeless = waiting === "InvalidImageName" || (pulling && NO_SUCH_IMAGE.test(message));
      const text = `container ${name}: ${message || "is not started"}`;
      return { reason: waiting, text, container: name, ended: false, hopeless };
    }
  }
}

function terminated(container: JsonObject, name: string, restarts: number): Trouble | undefined {
  const ended = textAt(container, "state", "terminated", "reason");
  if (ended !== undefined && numberAt(container, "state", "terminated", "exitCode") !== 0) {
    const text = `container ${name} ${endOf(container)}`;
    return { reason: ended, text, container: name, ended: true, hopeless: false };
  }
  const last = textAt(container, "lastState", "terminated", "reason");
  if (last === undefined || container["ready"] === true) return undefined;
  const text = `container ${name} ${endOf(container)}, ${times(restarts)}`;
  return { reason: last, text, container: name, ended: true, hopeless: restarts >= HOPELESS_RESTARTS };
}

/** How it ended, now or the last time: `was killed, as it took more memory than its limit (exit 137)`. */
export function endOf(container: JsonObject): string {
  for (const state of ["state", "lastState"]) {
    const code = numberAt(container, state, "terminated", "exitCode");
    if (code === undefined) continue;
    const reason = textAt(container, state, "terminated", "reason") ?? "";
    if (reason === "OOMKilled") return `was OOMKilled: it took more memory than its limit (exit ${code})`;
    const why = reason === "" || reason === "Error" || reason === "Completed" ? "" : ` (${reason})`;
    return `ended with exit ${code}${why}`;
  }
  return "ended";
}

function times(restarts: number): string {
  return restarts === 1 ? "restarted once" : `restarted ${restarts} times`;
}
