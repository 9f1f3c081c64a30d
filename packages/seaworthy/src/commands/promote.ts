import { deployText } from "../deploy-text.ts";
import { CliError } from "../error.ts";
import type { Machine } from "../machine/machine.ts";
import { runDeploy } from "./deploy.ts";
import type { Said, Watching } from "./deploy-command.ts";
import { type DeploymentFlags, openDeployment } from "./open-deployment.ts";

export interface PromoteFlags extends DeploymentFlags {
  readonly wait: boolean;
}

/** The digest that runs in one environment, and runs well, to another. */
export async function runPromote(
  machine: Machine,
  { from, to }: { readonly from: string; readonly to: string },
  { wait, ...flags }: PromoteFlags,
  { progress, signal }: Watching,
): Promise<Said> {
  const started = performance.now();
  const source = await openDeployment(machine, from, flags, signal);
  const opened = await openDeployment(machine, to, flags, signal);
  const { current, pending, services, drift } = await source.environment.target.status(signal);
  if (current === undefined) {
    throw new CliError("usage", `${from}: nothing was deployed there`, { hint: `seaworthy deploy ${from}` });
  }
  const ill = [
    ...(pending === undefined ? [] : [`${pending.version} was begun and did not come to its end`]),
    ...services.filter(({ state }) => state !== "healthy").map(({ name, state }) => `${name}: ${state}`),
    ...drift,
  ];
  if (ill.length > 0) {
    throw new CliError("refused", `${from}: only what runs well is promoted\n  ${ill.join("\n  ")}`, {
      hint: `mend ${from} first, or deploy the version by name: seaworthy deploy ${to} ${current.image.version}`,
    });
  }
  const request = { image: current.image, by: "promote" as const, wait, noWayBack: false };
  const result = await runDeploy(request, { machine, opened, progress, signal });
  const text = deployText(result, opened.environment, performance.now() - started);
  return { out: `${current.image.name}@${current.image.digest}`, lines: [text] };
}
