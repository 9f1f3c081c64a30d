import { step } from "@seaworthy/builder";
import { listContainers } from "./containers.ts";
import type { Host } from "./host.ts";
import type { Ledger } from "./ledger.ts";
import { type Project } from "./project.ts";
import { composeArgs } from "./read-project.ts";
import { leftOver, ours, removeContainers, stopContainers } from "./remove.ts";
import { type RolloutOptions, rollOut, withProject } from "./rollout.ts";

/**
 * From what the target has kept: neither today's files nor a registry are asked, and the time limit begins anew. Where
 * none of ours ran before, what somebody else had started comes back, or nothing.
 */
export async function revertTo(host: Host, ledger: Ledger, options: RolloutOptions): Promise<void> {
  const { signal, progress } = options;
  const { pending, good, environment, stopped } = await ledger.read(signal);
  const before = good[0]?.project ?? pending?.before;
  if (before !== undefined && !stopped) {
    await rollOut(host, before, options);
    const containers = await listContainers(host.tool, host.project, signal);
    await removeContainers(host, leftOver(before, containers, environment), signal);
  } else {
    const end = async (): Promise<{ value: undefined }> => {
      if (stopped) await stopOurs(host, signal);
      else await down(host, pending?.project, signal);
      return { value: undefined };
    };
    await step(progress, { id: "deploy:stop", name: "stop" }, end, signal);
  }
  if (pending !== undefined) await ledger.write({ environment, good, stopped }, signal);
}

/** Networks go too; volumes hold what people want to keep. */
async function down(host: Host, project: Project | undefined, signal: AbortSignal): Promise<void> {
  if (project !== undefined) {
    await withProject(host, project, async (file) => {
      await host.tool.ask([...composeArgs(host.settings, host.project, [file]), "down"], signal);
    });
  }
  const containers = await listContainers(host.tool, host.project, signal);
  await removeContainers(host, ours(containers, host.settings.environment), signal);
}

export async function stopOurs(host: Host, signal: AbortSignal): Promise<void> {
  const containers = await listContainers(host.tool, host.project, signal);
  await stopContainers(host, ours(containers, host.settings.environment), signal);
}
