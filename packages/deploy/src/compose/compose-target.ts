import type { ServiceStatus, Target, TargetStatus } from "../target.ts";
import { applyTo } from "./apply.ts";
import { changesTo } from "./changes.ts";
import { listContainers } from "./containers.ts";
import { driftOf } from "./drift.ts";
import { type Host, addressOf, openHost, platformOf } from "./host.ts";
import { type Verdict, judge } from "./judge.ts";
import { openLease } from "./lease.ts";
import { type Ledger, openLedger } from "./ledger.ts";
import { readLogs } from "./logs.ts";
import { type Project, pin } from "./project.ts";
import { render } from "./read-project.ts";
import { holdsImage } from "./pull.ts";
import { revertTo, stopOurs } from "./revert.ts";
import type { ComposeSettings, ComposeTools } from "./settings.ts";

/**
 * Docker Compose or Podman compose, by their own commands, wherever their engine is. Files are read by the compose
 * command and never written to; what it understood, with the image by digest, is what runs and what is kept.
 * @throws DeployError `refused` where the project has no name
 */
export function composeTarget(settings: ComposeSettings, tools: ComposeTools): Target {
  const host = openHost(settings, tools);
  const ledger = openLedger(host);
  const lease = openLease(host, tools.lease);
  const { tool, project } = host;
  return {
    kind: "compose",
    where: host.where,
    platforms: async (signal) => [await platformOf(host, signal)],
    holds: (image, signal) => holdsImage(host, image, signal),
    status: (signal) => readStatus(host, ledger, signal),
    async plan(image, signal) {
      const { environment } = await ledger.read(signal);
      const wanted = pin(await render(host, signal), image, settings);
      return changesTo(wanted, await listContainers(tool, project, signal), environment);
    },
    apply: (image, options) => applyTo(host, ledger, image, options),
    revert: (options) => revertTo(host, ledger, options),
    exclusively: (work, options) => lease.hold(work, options),
    logs: (options) => readLogs(host, options),
    async stop(signal) {
      const { count, ...state } = await ledger.read(signal);
      await stopOurs(host, signal);
      if (count > 0) await ledger.write({ ...state, stopped: true }, signal);
    },
  };
}

const NOTHING: Project = { services: {} };

async function readStatus(host: Host, ledger: Ledger, signal: AbortSignal): Promise<TargetStatus> {
  const { good, pending, stopped } = await ledger.read(signal);
  const containers = await listContainers(host.tool, host.project, signal);
  const current = good[0];
  const runs = pending?.project ?? current?.project ?? NOTHING;
  const applied = current?.project ?? pending?.project ?? NOTHING;
  return {
    ...(current === undefined ? {} : { current: current.deployed }),
    ...(pending === undefined ? {} : { pending: pending.image }),
    good: good.map(({ deployed }) => deployed),
    services: judge(runs, containers, addressOf(host)).map((verdict) => statusOf(verdict, stopped)),
    drift: driftOf(applied, containers, stopped),
  };
}

/** Where it was stopped on request nothing is wrong with it. */
function statusOf(verdict: Verdict, stopped: boolean): ServiceStatus {
  const { name, state, restarts, digest, since, address, problem } = verdict;
  return {
    name,
    state,
    restarts,
    ...(digest === undefined ? {} : { digest }),
    ...(since === undefined ? {} : { since }),
    ...(address === undefined ? {} : { address }),
    ...(problem === undefined || (stopped && state === "stopped") ? {} : { problem }),
  };
}
