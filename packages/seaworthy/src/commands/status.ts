import { statusText } from "../deploy-text.ts";
import type { Machine } from "../machine/machine.ts";
import { type DeploymentFlags, openDeployment } from "./open-deployment.ts";

export interface StatusFlags extends DeploymentFlags {
  readonly json?: true;
}

export async function printStatus(
  machine: Machine,
  name: string | undefined,
  { json, ...flags }: StatusFlags,
  signal: AbortSignal,
): Promise<void> {
  const { environment } = await openDeployment(machine, name, flags, signal);
  const status = await environment.target.status(signal);
  const { kind, where } = environment.target;
  const whole = { environment: environment.name, target: { kind, where }, ...status };
  machine.stdout.write(
    `${json === true ? JSON.stringify(whole, null, 2) : statusText(status, environment)}\n`,
  );
}
