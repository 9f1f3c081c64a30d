import type { ServiceStatus } from "../target.ts";
import { type Container, sinceOf } from "./containers.ts";
import { textsOf } from "./json.ts";
import { LABEL, type Project, digestIn, jobsOf, replicasOf } from "./project.ts";

export interface Verdict extends ServiceStatus {
  /** Waiting will not cure it. */
  readonly final: boolean;
}

/** After that many it is a loop: Docker has waited 3 seconds between them by then. */
const LOOP = 5;

/** What the services of a project are like, by their containers. */
export function judge(
  project: Project,
  containers: readonly Container[],
  addressOf: (container: Container) => string | undefined = () => undefined,
): readonly Verdict[] {
  const jobs = jobsOf(project);
  return Object.entries(project.services).map(([name, service]) => {
    const own = containers.filter((container) => container.service === name);
    const wanted = replicasOf(service);
    const verdicts = own.map((container) => judgeContainer(container, jobs.has(name)));
    const missing = wanted - own.length;
    if (missing > 0) verdicts.push({ state: "stopped", final: false, problem: missingText(missing, wanted) });
    const worst = verdicts.reduce((one, other) => (RANK[other.state] > RANK[one.state] ? other : one), GOOD);
    const pinned = textsOf(service["labels"])[LABEL.digest] !== undefined;
    return describeService(name, own, worst, { pinned, addressOf });
  });
}

type Health = Pick<Verdict, "state" | "final" | "problem">;

const GOOD: Health = { state: "healthy", final: false };
const RANK = { healthy: 0, starting: 1, stopped: 2, unhealthy: 3 } as const;

function missingText(missing: number, wanted: number): string {
  return wanted === 1 ? "no container" : `expected ${wanted} containers, found ${wanted - missing}`;
}

function judgeContainer(container: Container, job: boolean): Health {
  const { status, health, restarts, error } = container;
  if (restarts >= LOOP) return bad(true, `crash loop, ${restarts} restarts; ${endOf(container)}`);
  switch (status) {
    case "running":
      if (health === undefined || health === "healthy") return GOOD;
      if (health === "starting") return { state: "starting", final: false, problem: starting(container) };
      return bad(true, `health check failed${said(container)}`);
    case "restarting":
      return bad(false, `restarts; ${endOf(container)}`);
    case "exited":
    case "stopped":
      if (job && container.exitCode === 0) return GOOD;
      // Podman's are so for a moment before they start again.
      return { state: "stopped", final: !container.comesBack, problem: endOf(container) };
    case "created":
    case "configured":
    case "initialized":
      return error === undefined
        ? { state: "starting", final: false, problem: "not started yet" }
        : bad(true, `cannot be started: ${error}`);
    default:
      return bad(false, `is ${status}`);
  }
}

function bad(final: boolean, problem: string): Health {
  return { state: "unhealthy", final, problem };
}

function starting(container: Container): string {
  return `health check has not passed yet${said(container)}`;
}

function said({ healthOutput }: Container): string {
  const line = healthOutput?.split("\n").at(-1)?.slice(0, 300);
  return line === undefined || line === "" ? "" : `: ${line}`;
}

function endOf({ exitCode, outOfMemory, error }: Container): string {
  if (outOfMemory) return "ended by the kernel: out of memory";
  return error === undefined ? `ended with exit code ${exitCode}` : `cannot be started: ${error}`;
}

function describeService(
  name: string,
  containers: readonly Container[],
  { state, final, problem }: Health,
  {
    pinned,
    addressOf,
  }: { readonly pinned: boolean; readonly addressOf: (container: Container) => string | undefined },
): Verdict {
  // Digests of other images are none of the released one.
  const digests = pinned ? containers.map(({ image }) => digestIn(image)) : [];
  const digest = digests.find((found) => found !== undefined);
  const address = containers.map(addressOf).find((found) => found !== undefined);
  return {
    name,
    state,
    final,
    ...(problem === undefined ? {} : { problem }),
    ...(digest === undefined ? {} : { digest }),
    ...sinceOf(containers.filter(({ status }) => status === "running")),
    restarts: containers.reduce((sum, { restarts }) => sum + restarts, 0),
    ...(address === undefined ? {} : { address }),
  };
}
