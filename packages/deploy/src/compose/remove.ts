import type { Container } from "./containers.ts";
import type { Host } from "./host.ts";
import { LABEL, type Project } from "./project.ts";

/** Containers of ours whose service the project does not have any more. */
export function leftOver(
  project: Project,
  containers: readonly Container[],
  environment: string,
): readonly Container[] {
  return ours(containers, environment).filter(({ service }) => !(service in project.services));
}

/** Nothing that others started is ever stopped or removed. */
export function ours(containers: readonly Container[], environment: string): readonly Container[] {
  return containers.filter(({ labels }) => labels[LABEL.environment] === environment);
}

/** Each has its time to end well, before it goes. */
export async function removeContainers(
  host: Host,
  containers: readonly Container[],
  signal: AbortSignal,
): Promise<void> {
  if (containers.length === 0) return;
  await stopContainers(host, containers, signal);
  await host.tool.ask(["rm", "-f", ...containers.map(({ id }) => id)], signal);
}

export async function stopContainers(
  { tool }: Host,
  containers: readonly Container[],
  signal: AbortSignal,
): Promise<void> {
  const alive = containers.filter(({ status }) => status !== "exited" && status !== "created");
  if (alive.length > 0) await tool.ask(["stop", ...alive.map(({ id }) => id)], signal);
}
