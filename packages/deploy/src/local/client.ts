import { type IncomingMessage, request } from "node:http";
import { createInterface } from "node:readline";
import type { Progress } from "@seaworthy/builder";
import { collect } from "@seaworthy/oci";
import { DeployError } from "../error.ts";
import type { TargetStatus } from "../target.ts";
import { type Message, fromFault } from "./protocol.ts";
import type { Applied } from "./state.ts";

const LARGEST = 16 << 20;

/** Asks a supervisor. What it does is taken back where `signal` fires before it has come to its end. */
export class SupervisorClient {
  readonly #socket: string;

  constructor(socket: string) {
    this.#socket = socket;
  }

  /** Undefined where none runs. */
  async status(signal: AbortSignal): Promise<TargetStatus | undefined> {
    const answer = await this.#ask("GET", "/status", undefined, signal);
    if (answer === undefined) return undefined;
    return JSON.parse((await collect(answer, LARGEST, "status")).toString()) as TargetStatus;
  }

  apply(applied: Applied, progress: Progress, signal: AbortSignal): Promise<void> {
    return this.#do("/apply", applied, progress, signal);
  }

  revert(progress: Progress, signal: AbortSignal): Promise<void> {
    return this.#do("/revert", undefined, progress, signal);
  }

  stop(signal: AbortSignal): Promise<void> {
    return this.#do("/stop", undefined, () => undefined, signal);
  }

  async #do(path: string, body: unknown, progress: Progress, signal: AbortSignal): Promise<void> {
    const answer = await this.#ask("POST", path, body, signal);
    if (answer === undefined) throw new DeployError("nothing-there", "supervisor: none runs");
    try {
      for await (const line of createInterface({ input: answer })) {
        const message = JSON.parse(line) as Message;
        if (message.type === "progress") progress(message.event);
        else if (message.type === "failed") throw fromFault(message.error);
        else return;
      }
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
    signal.throwIfAborted();
    throw new DeployError("target", "supervisor: ended before it was done", {
      hint: "look into its log: .seaworthy/local/ENVIRONMENT/supervisor.log",
    });
  }

  #ask(
    method: string,
    path: string,
    body: unknown,
    signal: AbortSignal,
  ): Promise<IncomingMessage | undefined> {
    return new Promise((resolve, reject) => {
      const asked = request({ socketPath: this.#socket, method, path, signal, agent: false }, resolve);
      asked.on("error", (error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT" || error.code === "ECONNREFUSED") resolve(undefined);
        else reject(signal.aborted ? (signal.reason as Error) : error);
      });
      asked.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}
