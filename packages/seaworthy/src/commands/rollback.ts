import type { Deployed, DeployedImage, TargetStatus } from "@seaworthy/deploy";
import { deployText } from "../deploy-text.ts";
import { CliError } from "../error.ts";
import type { Machine } from "../machine/machine.ts";
import { runDeploy } from "./deploy.ts";
import type { Said, Watching } from "./deploy-command.ts";
import { deployedImage } from "./deployed-image.ts";
import { type DeploymentFlags, type OpenedDeployment, openDeployment } from "./open-deployment.ts";

export interface RollbackFlags extends DeploymentFlags {
  readonly to?: string;
  readonly wait: boolean;
}

/** Back to what ran well: what the target knows of itself goes before what a registry says. */
export async function runRollback(
  machine: Machine,
  name: string,
  { to, wait, ...flags }: RollbackFlags,
  { progress, signal }: Watching,
): Promise<Said> {
  const started = performance.now();
  const opened = await openDeployment(machine, name, flags, signal);
  const status = await opened.environment.target.status(signal);
  const image = await imageOf(status, to, opened, signal);
  const request = { image, by: "rollback" as const, wait, noWayBack: true };
  const result = await runDeploy(request, { machine, opened, progress, signal });
  const text = deployText(result, opened.environment, performance.now() - started);
  return { out: `${image.name}@${image.digest}`, lines: [text] };
}

async function imageOf(
  status: TargetStatus,
  to: string | undefined,
  { environment, name, repository }: OpenedDeployment,
  signal: AbortSignal,
): Promise<DeployedImage> {
  const known = to === undefined ? before(status) : status.good.find((one) => isCalled(one, to))?.image;
  if (known !== undefined) return known;
  if (to !== undefined) return deployedImage(name, to, repository, signal);
  throw new CliError("usage", `${environment.name}: nothing is known to have run well there before`, {
    hint: "say to which version: --to VERSION",
  });
}

/** What was begun and not ended is gone back on: then the current one is the one before. */
function before({ current, pending, good }: TargetStatus): DeployedImage | undefined {
  if (pending !== undefined) return current?.image;
  return good.find(({ image }) => image.digest !== current?.image.digest)?.image;
}

function isCalled({ image: { digest, version } }: Deployed, wanted: string): boolean {
  return (
    version === wanted || digest === wanted || (wanted.length >= 7 && digest.startsWith(`sha256:${wanted}`))
  );
}
