import type { Machine } from "../machine/machine.ts";
import { type DeploymentFlags, openDeployment } from "./open-deployment.ts";

export async function runStop(
  machine: Machine,
  name: string | undefined,
  flags: DeploymentFlags,
  signal: AbortSignal,
): Promise<string> {
  const { environment } = await openDeployment(machine, name, flags, signal);
  await environment.target.stop(signal);
  return `${environment.name}: nothing runs (${environment.target.where})`;
}
