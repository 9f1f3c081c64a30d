import type { StoredImage } from "@seaworthy/oci";
import {
  type Running,
  type Sandbox,
  type SandboxOptions,
  type Snapshots,
  runBeside,
} from "@seaworthy/sandbox";
import { processOf } from "./process.ts";
import type { Start, Started } from "./start.ts";

export interface ContainerTools {
  readonly sandbox: () => Sandbox;
  readonly snapshots: () => Snapshots;
}

/**
 * Starts containers of an image as an engine would, each with a writable view of its own.
 * @param ids of the snapshots of its layers, lowest first: see `unpackImage`
 */
export function containersOf(
  { config: { config = {} } }: Pick<StoredImage, "config">,
  ids: readonly string[],
  { sandbox, snapshots }: ContainerTools,
  options: Pick<SandboxOptions, "network" | "extraHosts" | "hostname">,
): Start {
  return async (what, onOutput, signal) => {
    const draft = snapshots().prepare(ids);
    try {
      const process = processOf(config, draft.root, what);
      const told = { ...options, onOutput: (_: "stdout" | "stderr", chunk: Uint8Array) => onOutput(chunk) };
      const first = await sandbox().start(process, draft.root, told, signal);
      const exited = first.exited.finally(() => draft[Symbol.dispose]());
      const running: Running = { pid: first.pid, exited, kill: (name) => first.kill(name) };
      const beside: Started["beside"] = (args, onLine, until) =>
        runBeside(running, { ...process, args }, { onOutput: (_, chunk) => onLine(chunk) }, until);
      return { running, config, beside };
    } catch (error) {
      draft[Symbol.dispose]();
      throw error;
    }
  };
}
