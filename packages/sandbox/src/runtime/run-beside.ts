import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { SandboxError, toSandboxError } from "../error.ts";
import { processTree } from "../process-tree.ts";
import type { Exit, ProcessSpec, Running, SandboxOptions } from "../sandbox.ts";
import { signalProcess } from "./container.ts";
import { commandFailure, lastMessage } from "./failure.ts";
import { toProcess } from "./spec.ts";

const KILLED = 128 + constants.signals.SIGKILL;
/** How long output may come after the end. */
const LAST_WORDS_MS = 100;
const ENVIRONMENT = { PATH: "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin" };

/**
 * Runs a second process to its end in the container of the first, as `docker exec` does: same root file system,
 * namespaces and filter of system calls, capabilities by its own user. Output goes to `onOutput`. Aborting kills it;
 * the end of the container does too.
 * @throws SandboxError `runtime-failed` where the first process is gone
 */
export async function runBeside(
  { pid }: Pick<Running, "pid">,
  process: ProcessSpec,
  options: Pick<SandboxOptions, "onOutput">,
  signal: AbortSignal,
): Promise<Exit> {
  const what = `run beside process ${pid}`;
  if (signal.aborted) throw new SandboxError("aborted", `${what}: cancelled`, { cause: signal.reason });
  const runtime = runtimeOf(pid, what);
  const directory = mkdtempSync(`${runtime.bundle}/beside-`);
  try {
    const [config, log] = [`${directory}/process.json`, `${directory}/log`];
    writeFileSync(config, JSON.stringify(toProcess(process)), { mode: 0o600 });
    const code = await finish(toBesideCommand(runtime, { config, log }), options, signal);
    const failure = code === 0 || signal.aborted ? undefined : commandFailure(messageIn(log));
    return { code: failure ?? code };
  } catch (error) {
    throw toSandboxError(what, error);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

interface RunningRuntime {
  readonly pid: number;
  readonly path: string;
  /** `--root` and what else both commands need; without the log, which belongs to the first process. */
  readonly options: readonly string[];
  readonly bundle: string;
  readonly id: string;
}

/** The runtime that waits for the process is its parent; its command line is the one that `toCommand` made. */
function runtimeOf(pid: number, what: string): RunningRuntime {
  let args: readonly string[] = [];
  let parent = 0;
  try {
    const status = readFileSync(`/proc/${pid}/status`, "latin1");
    parent = Number(/^PPid:\s+(\d+)$/m.exec(status)?.[1]);
    args = readFileSync(`/proc/${parent}/cmdline`, "utf8").split("\0").slice(0, -1);
  } catch {
    // gone; told below
  }
  const [path = "", ...rest] = args;
  const run = rest.indexOf("run");
  const value = (name: string): string | undefined =>
    rest.includes(name) ? rest[rest.indexOf(name) + 1] : undefined;
  const [root, bundle, id] = [value("--root"), value("--bundle"), rest.at(-1)];
  if (run < 0 || root === undefined || bundle === undefined || id === undefined) {
    throw new SandboxError("runtime-failed", `${what}: found no container, it has ended`);
  }
  const groups = rest.slice(0, run).filter((option) => option.startsWith("--cgroup-manager="));
  return { pid: parent, path, options: ["--root", root, ...groups], bundle, id };
}

/** The runtime numbers processes as its own namespace does, so it has to be asked from in there. */
function toBesideCommand(
  { pid, path, options, id }: RunningRuntime,
  { config, log }: { readonly config: string; readonly log: string },
): readonly string[] {
  const inside = ["nsenter", "--target", String(pid), "--mount", "--pid", "--"];
  return [...inside, path, ...options, "--log", log, "--log-format", "text", "exec", "--process", config, id];
}

function finish(
  [command = "", ...args]: readonly string[],
  { onOutput }: Pick<SandboxOptions, "onOutput">,
  signal: AbortSignal,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: ENVIRONMENT,
      detached: true,
    });
    const kill = (): void => {
      if (child.pid === undefined) return;
      for (const pid of processTree(child.pid)) signalProcess(pid, "SIGKILL");
    };
    signal.addEventListener("abort", kill, { once: true });
    child.stdout.on("data", (chunk: Buffer) => onOutput?.("stdout", chunk));
    child.stderr.on("data", (chunk: Buffer) => onOutput?.("stderr", chunk));
    child.on("error", reject);
    child.on("exit", () => {
      // What it left in the background may hold the pipes for as long as the container lives.
      const streams = [child.stdout, child.stderr];
      setTimeout(() => streams.forEach((stream) => stream.destroy()), LAST_WORDS_MS).unref();
    });
    child.on("close", (code, name) => {
      signal.removeEventListener("abort", kill);
      resolve(signal.aborted ? KILLED : (code ?? 128 + constants.signals[name ?? "SIGKILL"]));
    });
  });
}

function messageIn(log: string): string {
  try {
    return lastMessage(readFileSync(log, "utf8")) ?? "";
  } catch {
    return "";
  }
}
