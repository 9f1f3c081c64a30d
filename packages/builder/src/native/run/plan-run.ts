import { type RunInstruction, runProgram } from "@seaworthy/dockerfile";
import { formatPlatform } from "@seaworthy/oci";
import { idsOf } from "../image/layer.ts";
import { keyOf } from "../key.ts";
import type { Shop } from "../shop.ts";
import { DEFAULT_SHELL, type StageState } from "../state.ts";
import type { PreparedMount } from "./prepared-mount.ts";
import { prepareMount } from "./run-mounts.ts";

/** Under /dev, which is the container's own tmpfs, so that the script leaves no trace in the layer. */
export const SCRIPT = "/dev/.seaworthy/script";

/** A RUN with everything resolved but the directories it runs in. */
export interface RunPlan {
  readonly instruction: RunInstruction;
  readonly state: StageState;
  readonly args: readonly string[];
  readonly script?: string;
  readonly mounts: readonly PreparedMount[];
  readonly key: string;
}

export async function planRun(shop: Shop, state: StageState, instruction: RunInstruction): Promise<RunPlan> {
  const program = programOf(state, instruction);
  const mounts: PreparedMount[] = [];
  for (const mount of instruction.mounts) mounts.push(await prepareMount(shop, state, mount, instruction));
  const key = keyOf({
    op: "run",
    layers: idsOf(state.layers),
    args: program.args,
    script: program.script,
    env: [...state.variables].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => [name, value]),
    cwd: state.config.WorkingDir ?? "/",
    user: state.config.User ?? "",
    mounts: mounts.map((mount) => mount.key),
    network: instruction.network === "none" ? "none" : "host",
    platform: formatPlatform(state.platform),
    epoch: shop.request.epoch,
  });
  return { instruction, state, ...program, mounts, key };
}

/** Shell form runs in SHELL; a script with a `#!` line of its own is mounted and run as it is. */
function programOf(state: StageState, instruction: RunInstruction): Pick<RunPlan, "args" | "script"> {
  const program = runProgram(instruction);
  switch (program.type) {
    case "exec":
      return { args: program.args };
    case "shell":
      return { args: [...(state.config.Shell ?? DEFAULT_SHELL), program.script] };
    case "file":
      return { args: [SCRIPT], script: program.content };
  }
}
