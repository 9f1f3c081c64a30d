import { DeployError } from "../error.ts";
import type { LogLine, LogOptions } from "../target.ts";
import { containersOf } from "./images.ts";
import { type KubeObject, listAt, numberAt, textAt } from "./object.ts";
import { readWorkloads } from "./rollout/workload.ts";
import type { Session } from "./session.ts";

/** Pods come and go while a log is followed. */
const LOOK_AGAIN_MS = 3_000;

interface Source {
  readonly service: string;
  readonly pod: string;
  readonly container: string;
  /** How often it was started before: each time has a log of its own. */
  readonly run: number;
}

/** Of all pods of the services, each line as it comes; one pod after another where nothing follows. */
export async function* readLogs(session: Session, options: LogOptions): AsyncGenerator<LogLine> {
  const { lines, follow, signal } = options;
  const sources = await sourcesOf(session, options);
  if (!follow) {
    for (const { service, pod, container } of sources) {
      for await (const text of session.api.log({ pod, container, lines }, signal)) yield { service, text };
    }
    return;
  }
  yield* followAll(session, options, sources);
}

async function* followAll(
  session: Session,
  options: LogOptions,
  first: readonly Source[],
): AsyncGenerator<LogLine> {
  const { lines, signal } = options;
  const left = new AbortController();
  const both = AbortSignal.any([signal, left.signal]);
  const queue: LogLine[] = [];
  const followed = new Set<string>();
  const broken = new Set<string>();
  let more = Promise.withResolvers<void>();
  const tell = (service: string, text: string): void => {
    queue.push({ service, text });
    more.resolve();
  };
  const follow = async ({ service, pod, container, run }: Source): Promise<void> => {
    const key = `${pod}/${container}/${run}`;
    if (followed.has(key)) return;
    followed.add(key);
    try {
      const request = { pod, container, lines: broken.has(key) ? 0 : lines, follow: true };
      for await (const text of session.api.log(request, both)) tell(service, text);
    } catch (error) {
      // Connections that are silent for long are cut: it goes on with the next look.
      followed.delete(key);
      if (!broken.has(key)) tell(service, `(${pod}: ${(error as Error).message}; trying again)`);
      broken.add(key);
    }
  };
  const looking = (async () => {
    let sources = first;
    while (!both.aborted) {
      for (const source of sources) void follow(source);
      await session.clock.sleep(LOOK_AGAIN_MS, both);
      if (!both.aborted) sources = await sourcesOf(session, { ...options, signal: both }).catch(() => []);
    }
    more.resolve();
  })();
  try {
    while (!signal.aborted) {
      yield* queue.splice(0);
      if (queue.length > 0) continue;
      await more.promise;
      more = Promise.withResolvers();
    }
  } finally {
    left.abort();
    await looking;
  }
}

async function sourcesOf(
  { api, environment, where }: Session,
  { service, signal }: Pick<LogOptions, "service" | "signal">,
): Promise<readonly Source[]> {
  const workloads = await readWorkloads(api, environment, signal);
  const wanted = service === undefined ? workloads : workloads.filter(({ name }) => name === service);
  if (service !== undefined && wanted.length === 0) {
    const names = workloads.map(({ name }) => name).join(", ");
    throw new DeployError("nothing-there", `${where}: no service ${service}, found ${names || "none"}`);
  }
  return wanted.flatMap(({ name, pods, before }) =>
    [...before, ...pods].flatMap((pod) => startedIn(pod, name)),
  );
}

/** Containers without a start have no log. */
function startedIn(pod: KubeObject, service: string): readonly Source[] {
  const statuses = listAt(pod, "status", "containerStatuses");
  return containersOf(pod).flatMap(({ name: container }) => {
    const status = statuses.find(({ name }) => name === container);
    const run = numberAt(status, "restartCount") ?? 0;
    const waits = textAt(status, "state", "waiting", "reason") !== undefined;
    if (status === undefined || (waits && run === 0)) return [];
    return [{ service, pod: pod.metadata.name, container, run }];
  });
}
