import { once } from "node:events";
import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
import { SandboxError, errnoName, toSandboxError, toSystemError } from "./error.ts";
import type { Running } from "./sandbox.ts";
import { type RelayData, type RelayMessage, relay } from "./sys/relay.ts";

export interface PortForward {
  /** On 127.0.0.1 of the machine. */
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Makes `port` on the container's loopback reachable through a port of the machine's. Connecting succeeds even while
 * nothing listens inside: such a connection is closed at once. It ends when closed, or with `signal`.
 */
export async function forwardPort(
  { pid }: Pick<Running, "pid">,
  port: number,
  signal: AbortSignal,
): Promise<PortForward> {
  const what = `forward port ${port} of process ${pid}`;
  if (signal.aborted) throw new SandboxError("aborted", `${what}: cancelled`, { cause: signal.reason });
  const workerData: RelayData = {
    koffi: createRequire(import.meta.url).resolve("koffi"),
    namespace: `/proc/${pid}/ns/net`,
    port,
  };
  const worker = new Worker(`(${relay.toString()})(require)`, { eval: true, workerData });
  // A relay that breaks later refuses connections, which whoever uses it sees; it must not end the process.
  worker.on("error", () => {});
  const close = async (): Promise<void> => {
    signal.removeEventListener("abort", stop);
    await worker.terminate();
  };
  const stop = (): void => void close();
  signal.addEventListener("abort", stop, { once: true });
  try {
    const answer = await firstMessage(worker);
    if (answer === undefined)
      throw new SandboxError("aborted", `${what}: cancelled`, { cause: signal.reason });
    if ("errno" in answer) throw toSystemError(what, errnoName(answer.errno));
    return { port: answer.port, close };
  } catch (error) {
    await close();
    throw toSandboxError(what, error);
  }
}

/** `undefined` where the thread ended without a word; an error thrown in it is thrown here. */
async function firstMessage(worker: Worker): Promise<RelayMessage | undefined> {
  const either = new AbortController();
  try {
    return await Promise.race([
      once(worker, "message", { signal: either.signal }).then(([message]) => message as RelayMessage),
      once(worker, "exit", { signal: either.signal }).then(() => undefined),
    ]);
  } finally {
    either.abort();
  }
}
