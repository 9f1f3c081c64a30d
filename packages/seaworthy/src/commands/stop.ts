import type { Machine } from "../machine/machine.ts";
import { openDeployment } from "./open-deployment.ts";

export async function runStop(
  machine: Machine,
  name: string | undefined,
  { config }: { readonly config?: string },
  signal: AbortSignal,
): Promise<string> {
  const { environment } = await openDeployment(machine, name, config, signal);
  await environment.target.stop(signal);
  return `${environment.name}: nothing runs (${environment.target.where})`;
}
