import { basename } from "node:path";
import type { Runtime } from "./find.ts";

/** Where one run keeps its things; all of it is removed with the run. */
export interface RunPaths {
  /** Also the name of the container: control groups of runs that go on at the same time must differ. */
  readonly id: string;
  readonly directory: string;
  readonly config: string;
  readonly state: string;
  readonly pidFile: string;
  readonly log: string;
}

export function runPaths(directory: string): RunPaths {
  return {
    id: `seaworthy-${basename(directory)}`,
    directory,
    config: `${directory}/config.json`,
    state: `${directory}/state`,
    pidFile: `${directory}/pid`,
    log: `${directory}/log`,
  };
}

/**
 * The command line of a run. The wrapping makes the kernel clean up: when this process dies, however it dies, `setpriv`
 * has `unshare` killed, `--kill-child` has the runtime killed, and as that is the first process of a process namespace,
 * everything below it goes with it. Without device and memory control groups a run costs half as much and also works
 * where none may be made.
 */
export function toCommand({ kind, path, setpriv, unshare }: Runtime, paths: RunPaths): readonly string[] {
  const underKernelWatch = [setpriv, "--pdeathsig", "KILL", "--"];
  const ownProcesses = [unshare, "--pid", "--fork", "--kill-child", "--mount-proc", "--"];
  const everywhere = ["--root", paths.state, "--log", paths.log, "--log-format", "text"];
  const noGroups = kind === "crun" ? ["--cgroup-manager=disabled"] : [];
  const run = ["run", "--bundle", paths.directory, "--pid-file", paths.pidFile, paths.id];
  return [...underKernelWatch, ...ownProcesses, path, ...everywhere, ...noGroups, ...run];
}
