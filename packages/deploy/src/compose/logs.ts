import { DeployError } from "../error.ts";
import type { LogLine, LogOptions } from "../target.ts";
import { type Container, listContainers } from "./containers.ts";
import type { Host } from "./host.ts";

/** Lines that wait for a reader who is slower than the containers; then the oldest go. */
const MAX_WAITING = 10_000;

/** What the containers say, each line with its service; those that come up later are not followed. */
export async function* readLogs(
  host: Host,
  { service, lines, follow, signal }: LogOptions,
): AsyncGenerator<LogLine> {
  const all = await listContainers(host.tool, host.project, signal);
  const chosen = all.filter((container) => service === undefined || container.service === service);
  if (service !== undefined && chosen.length === 0) {
    const known = [...new Set(all.map((container) => container.service))].join(", ") || "none";
    throw new DeployError("nothing-there", `${host.where}: expected a service ${service}, found ${known}`);
  }
  const ended = new AbortController();
  const reading = AbortSignal.any([signal, ended.signal]);
  const queue: LogLine[] = [];
  let wake = Promise.withResolvers<void>();
  const read = async (container: Container): Promise<void> => {
    const args = ["logs", "--tail", String(lines), ...(follow ? ["--follow"] : []), container.id];
    const onLine = (text: string): void => {
      queue.push({ service: container.service, text });
      if (queue.length > MAX_WAITING) queue.shift();
      wake.resolve();
    };
    await host.tool.follow(args, onLine, reading);
  };
  const state = { open: true };
  const done = readAll(chosen, read, follow).finally(() => {
    state.open = false;
    wake.resolve();
  });
  // Heard below, unless the reader has left.
  done.catch(() => {});
  try {
    while (state.open || queue.length > 0) {
      await wake.promise;
      wake = Promise.withResolvers<void>();
      yield* queue.splice(0);
    }
    await done;
  } catch (error) {
    // Whoever stops following has what they wanted.
    if (!signal.aborted) throw error;
  } finally {
    ended.abort();
  }
}

/** One after the other where they end, so that lines of a service stay together. */
async function readAll(
  containers: readonly Container[],
  read: (container: Container) => Promise<void>,
  follow: boolean,
): Promise<void> {
  if (follow) await Promise.all(containers.map(read));
  else for (const container of containers) await read(container);
}
