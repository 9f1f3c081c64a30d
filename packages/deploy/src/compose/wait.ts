import { UnhealthyError } from "../unhealthy.ts";
import { type Container, listContainers } from "./containers.ts";
import type { Host } from "./host.ts";
import { probe } from "../http-check.ts";
import { type Verdict, judge } from "./judge.ts";
import { type Project, checksOf } from "./project.ts";
import { reportOn } from "./report.ts";

const HOLD = 5_000;
const POLL = 500;

interface Look {
  readonly containers: readonly Container[];
  readonly problems: readonly Verdict[];
}

/**
 * Until every service is healthy and has been so for the hold time, with the same containers, none of which started
 * again. A service that will not get well ends the wait at once.
 * @throws DeployError `unhealthy`
 */
export async function waitForHealth(
  host: Host,
  project: Project,
  until: number,
  signal: AbortSignal,
): Promise<void> {
  const { clock, settings } = host;
  const { hold = HOLD } = settings;
  let healthy: { readonly since: number; readonly starts: string } | undefined;
  for (;;) {
    const { containers, problems } = await look(host, project, signal);
    const now = clock.now();
    if (problems.length > 0) {
      const hopeless = problems.filter(({ final }) => final);
      // Past the time, or when it fell ill in the hold time that began before it.
      if (hopeless.length > 0 || now >= until) {
        const shown = hopeless.length > 0 ? hopeless : problems;
        throw new UnhealthyError(host.where, await reportOn(host, shown, containers, signal));
      }
      healthy = undefined;
    } else {
      const starts = startsOf(containers);
      // Healthy at last is in time, however slow the look was; once more after a restart is not.
      if (healthy !== undefined && healthy.starts !== starts && now >= until) {
        const shown = restless(project, containers);
        throw new UnhealthyError(host.where, await reportOn(host, shown, containers, signal));
      }
      if (healthy?.starts !== starts) healthy = { since: now, starts };
      if (now - healthy.since >= hold) return;
    }
    await clock.sleep(Math.min(POLL, Math.max(hold, 50)), signal);
    signal.throwIfAborted();
  }
}

async function look(host: Host, project: Project, signal: AbortSignal): Promise<Look> {
  const containers = await listContainers(host.tool, host.project, signal);
  const problems = judge(project, containers).filter(({ state }) => state !== "healthy");
  if (problems.length > 0) return { containers, problems };
  const answers = await Promise.all(
    checksOf(project).map(async (check) => {
      const problem = await probe(check, host.fetch, signal);
      return problem === undefined ? [] : [failedCheck(problem, serviceAt(check.url, containers))];
    }),
  );
  return { containers, problems: answers.flat() };
}

function failedCheck(problem: string, service: string | undefined): Verdict {
  return { name: service ?? "http", state: "unhealthy", final: false, problem, restarts: 0 };
}

/** Whoever publishes the port that was asked. */
function serviceAt(url: string, containers: readonly Container[]): string | undefined {
  const { port, protocol } = new URL(url);
  const asked = Number(port === "" ? (protocol === "https:" ? 443 : 80) : port);
  return containers.find(({ ports }) => ports.some((published) => published.port === asked))?.service;
}

function startsOf(containers: readonly Container[]): string {
  return containers
    .filter(({ status }) => status === "running")
    .map(({ id, restarts, startedAt }) => `${id} ${restarts} ${startedAt}`)
    .join("\n");
}

/** Each time that it was asked it was well, and each time it was another. */
function restless(project: Project, containers: readonly Container[]): readonly Verdict[] {
  const judged = judge(project, containers);
  const again = judged.filter(({ restarts }) => restarts > 0);
  return (again.length > 0 ? again : judged).map((verdict) => ({
    ...verdict,
    problem: `starts again and again, ${verdict.restarts} restarts`,
  }));
}
