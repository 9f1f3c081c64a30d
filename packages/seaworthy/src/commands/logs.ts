import { CliError } from "../error.ts";
import type { Machine } from "../machine/machine.ts";
import { printable } from "../progress/text.ts";
import { type DeploymentFlags, openDeployment } from "./open-deployment.ts";

export interface LogsFlags extends DeploymentFlags {
  readonly service?: string;
  readonly lines: string;
  readonly follow: boolean;
}

export async function printLogs(
  machine: Machine,
  name: string | undefined,
  { service, lines, follow, ...flags }: LogsFlags,
  signal: AbortSignal,
): Promise<void> {
  if (!/^\d{1,6}$/.test(lines)) {
    throw new CliError("usage", `--lines ${lines}: expected a number from 0 to 999999`);
  }
  const { environment } = await openDeployment(machine, name, flags, signal);
  const one = service === undefined ? {} : { service };
  for await (const line of environment.target.logs({ ...one, lines: Number(lines), follow, signal })) {
    const of = service === undefined ? `${line.service} | ` : "";
    machine.stdout.write(`${of}${printable(line.text)}\n`);
  }
}
