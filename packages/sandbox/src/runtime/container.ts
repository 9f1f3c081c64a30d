import { type ChildProcess, spawn } from "node:child_process";
import { statSync } from "node:fs";
import { constants } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { toSandboxError } from "../error.ts";
import { childrenOf } from "../process-tree.ts";
import type { SandboxOptions } from "../sandbox.ts";

const SHORTEST_WAIT_MS = 1;
const LONGEST_WAIT_MS = 20;
const KEPT_STDERR = 4096;
const KILLED = 128 + constants.signals.SIGKILL;
/** The runtime itself; what the process gets is in its specification. */
const ENVIRONMENT = { PATH: "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin" };

/** A runtime at work: its own processes, and the container's first one once there is one. */
export class Container {
  readonly #child: ChildProcess;
  readonly #pidFile: string;
  #stderr = "";
  #over = false;
  #killed = false;
  /** The exit code as a shell would tell it; settles when every process is gone and all output was delivered. */
  readonly ended: Promise<number>;

  constructor(
    [command = "", ...args]: readonly string[],
    pidFile: string,
    onOutput: SandboxOptions["onOutput"],
  ) {
    this.#pidFile = pidFile;
    // A group of its own: Ctrl-C on a terminal is for this process, which then cancels the run.
    this.#child = spawn(command, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: ENVIRONMENT,
      detached: true,
    });
    for (const name of ["stdout", "stderr"] as const) {
      this.#child[name]?.on("data", (chunk: Buffer) => {
        if (this.#killed) return; // what the wrapper says about its own end
        if (name === "stderr") this.#stderr = (this.#stderr + chunk.toString("latin1")).slice(-KEPT_STDERR);
        onOutput?.(name, chunk);
      });
    }
    this.ended = new Promise((resolve, reject) => {
      this.#child.once("error", (error) => reject(toSandboxError(`start ${command}`, error)));
      this.#child.once("close", (code, signal) => {
        resolve(this.#killed ? KILLED : (code ?? 128 + constants.signals[signal ?? "SIGKILL"]));
      });
    });
    const over = (): void => {
      this.#over = true;
    };
    this.ended.then(over, over);
  }

  /** The end of what was written to stderr. */
  get lastWords(): string {
    return this.#stderr;
  }

  get hasBegun(): boolean {
    return (statSync(this.#pidFile, { throwIfNoEntry: false })?.size ?? 0) > 0;
  }

  get isOver(): boolean {
    return this.#over;
  }

  /** The first process, as this process's own namespace numbers it; `undefined` where it is gone already. */
  async firstProcess(): Promise<number | undefined> {
    for (let wait = SHORTEST_WAIT_MS; !this.#over; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
      // The number in the file is that of the inner namespace: it only says that the process is there.
      const runtime = this.hasBegun ? this.#runtime() : undefined;
      const found = runtime === undefined ? undefined : childrenOf(runtime)[0];
      if (found !== undefined) return found;
      const timer = new AbortController();
      await Promise.race([sleep(wait, undefined, { signal: timer.signal }).catch(() => {}), this.#settled()]);
      timer.abort();
    }
    return undefined;
  }

  #settled(): Promise<void> {
    return this.ended.then(
      () => {},
      () => {},
    );
  }

  /** The runtime is the only child of the wrapper that this process started. */
  #runtime(): number | undefined {
    return this.#child.pid === undefined ? undefined : childrenOf(this.#child.pid)[0];
  }

  /**
   * Kills everything at once. It is the runtime that is killed, being first in its process namespace: the wrapper then
   * ends when the kernel has removed all the others, and not before.
   */
  async killAll(): Promise<void> {
    for (; !this.#over; await sleep(SHORTEST_WAIT_MS)) {
      const runtime = this.#runtime();
      if (runtime === undefined) continue;
      this.#killed = true;
      signalProcess(runtime, "SIGKILL");
      return;
    }
  }
}

/** Does nothing where the process is gone. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH")
      throw toSandboxError(`signal process ${pid}`, error);
  }
}
