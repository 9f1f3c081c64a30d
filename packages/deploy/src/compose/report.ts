import { tailOf } from "@seaworthy/builder";
import type { ServiceReport } from "../target.ts";
import { clean } from "../clean.ts";
import type { Container } from "./containers.ts";
import type { Host } from "./host.ts";
import type { Verdict } from "./judge.ts";

const LINES = 20;

/** What is wrong with services, and the last that their containers said. */
export async function reportOn(
  host: Host,
  verdicts: readonly Verdict[],
  containers: readonly Container[],
  signal: AbortSignal,
): Promise<readonly ServiceReport[]> {
  const reports: ServiceReport[] = [];
  for (const { name, problem = "is not healthy" } of verdicts) {
    const own = containers.filter(({ service }) => service === name);
    // One of several replicas tells what the others would.
    const [told] = own.toSorted((a, b) => badness(b) - badness(a));
    const output = told === undefined ? [] : await lastLines(host, told, signal);
    reports.push({ service: name, problem: clean(problem), output });
  }
  return reports;
}

function badness({ status, health, restarts }: Container): number {
  return (status === "running" ? 0 : 2) + (health === "unhealthy" ? 2 : 0) + (restarts > 0 ? 1 : 0);
}

async function lastLines({ tool }: Host, { id }: Container, signal: AbortSignal): Promise<readonly string[]> {
  const tail = tailOf(LINES);
  try {
    const args = ["logs", "--tail", String(LINES), id];
    const code = await tool.follow(args, (line) => tail.add(Buffer.from(`${line}\n`)), signal);
    return code === 0 ? tail.lines() : [];
  } catch (error) {
    if (signal.aborted) throw error;
    // That it failed is the news; not that its log is not to be had.
    return [];
  }
}
