import { statusText } from "../deploy-text.ts";
import type { Machine } from "../machine/machine.ts";
import { openDeployment } from "./open-deployment.ts";

export interface StatusFlags {
  readonly json?: true;
  readonly config?: string;
}

export async function printStatus(
  machine: Machine,
  name: string | undefined,
  { json, config }: StatusFlags,
  signal: AbortSignal,
): Promise<void> {
  const { environment } = await openDeployment(machine, name, config, signal);
  const status = await environment.target.status(signal);
  const { kind, where } = environment.target;
  const whole = { environment: environment.name, target: { kind, where }, ...status };
  machine.stdout.write(
    `${json === true ? JSON.stringify(whole, null, 2) : statusText(status, environment)}\n`,
  );
}
