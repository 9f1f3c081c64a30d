import type { ApplyOptions, DeployedImage } from "../target.ts";
import { type Container, listContainers } from "./containers.ts";
import type { Host } from "./host.ts";
import type { Ledger } from "./ledger.ts";
import { LABEL, type Project, pin, withoutChecks } from "./project.ts";
import { render } from "./read-project.ts";
import { pullImage } from "./pull.ts";
import { leftOver, removeContainers } from "./remove.ts";
import { rollOut } from "./rollout.ts";
import type { State } from "./state.ts";

const KEEP = 5;

/**
 * What is about to run is written down before the first container changes, and that it ran well after the last: a call
 * that was interrupted anywhere is finished by the next.
 */
export async function applyTo(
  host: Host,
  ledger: Ledger,
  image: DeployedImage,
  options: ApplyOptions,
): Promise<void> {
  const { signal } = options;
  const state = await ledger.read(signal);
  const project = await projectFor(host, state, image, options);
  await pullImage(host, project, image, options);
  const before = await whatRanBefore(host, state, project, signal);
  const pending = { image, project, ...(before === undefined ? {} : { before }) };
  await ledger.write({ ...state, pending }, signal);
  await rollOut(host, project, options);
  const containers = await listContainers(host.tool, host.project, signal);
  await removeContainers(host, leftOver(project, containers, host.settings.environment), signal);
  const at = `${new Date(host.clock.now()).toISOString().slice(0, 19)}Z`;
  const others = state.good.filter(({ deployed }) => deployed.image.digest !== image.digest);
  const good = [{ deployed: { image, at, who: options.who }, project }, ...others];
  const { environment } = state;
  await ledger.write(
    { environment, good: good.slice(0, host.settings.keep ?? KEEP), stopped: false },
    signal,
  );
}

/** A rollback has the settings of then, and does not need the files of today. */
async function projectFor(
  host: Host,
  state: State,
  image: DeployedImage,
  { as, progress, signal }: ApplyOptions,
): Promise<Project> {
  const kept = state.good.find(({ deployed }) => deployed.image.digest === image.digest);
  if (as === "rollback" && kept !== undefined) return kept.project;
  const warn = (message: string): void => progress({ type: "warning", message });
  return pin(await render(host, signal, warn), image, host.settings);
}

/** Of the first deployment: containers that were started by hand, to be put back where ours do not get well. */
async function whatRanBefore(
  { tool, project: name }: Host,
  state: State,
  project: Project,
  signal: AbortSignal,
): Promise<Project | undefined> {
  if (state.good.length > 0) return undefined;
  if (state.pending !== undefined) return state.pending.before;
  const containers = await listContainers(tool, name, signal);
  const services = Object.entries(project.services).flatMap(([service, fields]) => {
    const runs = containers.find((container) => container.service === service && isForeign(container));
    const { labels: _, ...settings } = fields;
    return runs === undefined ? [] : [[service, { ...settings, image: runs.imageId }] as const];
  });
  if (services.length === 0) return undefined;
  const known = new Set(services.map(([service]) => service));
  return {
    ...withoutChecks(project),
    services: Object.fromEntries(
      services.map(([service, fields]) => [service, withoutMissing(fields, known)]),
    ),
  };
}

function isForeign({ labels, status }: Container): boolean {
  return status === "running" && labels[LABEL.environment] === undefined;
}

/** Whoever waits for a service that was not there would not be started. */
function withoutMissing(
  service: Project["services"][string],
  known: ReadonlySet<string>,
): Project["services"][string] {
  const { depends_on: waits, ...rest } = service;
  if (typeof waits !== "object" || waits === null) return rest;
  return {
    ...rest,
    depends_on: Object.fromEntries(Object.entries(waits).filter(([name]) => known.has(name))),
  };
}
