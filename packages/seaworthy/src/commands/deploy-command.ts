import type { Progress } from "@seaworthy/builder";
import type { DeployedImage } from "@seaworthy/deploy";
import { planTags } from "@seaworthy/release";
import { changesText, deployText } from "../deploy-text.ts";
import type { Machine } from "../machine/machine.ts";
import { runDeploy } from "./deploy.ts";
import { deployedImage } from "./deployed-image.ts";
import { eventOf } from "./event.ts";
import { type DeploymentFlags, type OpenedDeployment, openDeployment } from "./open-deployment.ts";
import { policyOf } from "./tag-policy.ts";

export interface DeployFlags extends DeploymentFlags {
  readonly wait: boolean;
  /** False with --no-way-back. */
  readonly wayBack: boolean;
}

export interface Watching {
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export interface Said {
  readonly out: string;
  readonly lines: readonly string[];
}

export async function runDeployCommand(
  machine: Machine,
  name: string,
  wanted: string | undefined,
  { wait, wayBack, ...flags }: DeployFlags,
  { progress, signal }: Watching,
): Promise<Said> {
  const started = performance.now();
  const opened = await openDeployment(machine, name, flags, signal);
  const image = await imageOf(machine, opened, wanted, signal);
  const request = { image, by: "deploy" as const, wait, noWayBack: !wayBack };
  const result = await runDeploy(request, { machine, opened, progress, signal });
  const text = deployText(result, opened.environment, performance.now() - started);
  return { out: `${image.name}@${image.digest}`, lines: [text] };
}

export async function printDeployPlan(
  machine: Machine,
  name: string,
  wanted: string | undefined,
  flags: DeploymentFlags,
  signal: AbortSignal,
): Promise<void> {
  const opened = await openDeployment(machine, name, flags, signal);
  const image = await imageOf(machine, opened, wanted, signal);
  const changes = await opened.environment.target.plan(image, signal);
  machine.stdout.write(`${image.version}: ${image.name}@${image.digest}\n${changesText(changes, name)}\n`);
}

/** Without a word the version that this commit was released as. */
async function imageOf(
  machine: Machine,
  { project, name, repository }: OpenedDeployment,
  wanted: string | undefined,
  signal: AbortSignal,
): Promise<DeployedImage> {
  const version = wanted ?? (await versionHere(machine, project));
  return deployedImage(name, version, repository, signal);
}

async function versionHere(machine: Machine, project: OpenedDeployment["project"]): Promise<string> {
  const event = await eventOf(machine, {}, project.source);
  return planTags(event, policyOf(project.config.tags, Date.now())).version;
}
