import type { Environment } from "./environment.ts";
import type { ServiceReport, ServiceStatus, Target } from "./target.ts";
import { UnhealthyError } from "./unhealthy.ts";

/** For asking a target that may be in trouble, milliseconds. */
const ASKING = 15_000;
const LINES = 20;

/** The time was over before the target had made up its mind: what it knows of its services then is why. */
export async function tooLate({ target, within }: Environment, cause: unknown): Promise<UnhealthyError> {
  const signal = AbortSignal.timeout(ASKING);
  const reports: ServiceReport[] = [];
  try {
    const { services } = await target.status(signal);
    for (const service of services.filter(({ state }) => state !== "healthy")) {
      reports.push(await reportOf(target, service, within, signal));
    }
  } catch {
    // What it cannot tell any more is not worth losing the cause for.
  }
  if (reports.length > 0) return new UnhealthyError(target.where, reports);
  const problem = `not healthy within ${within / 1_000} s: ${(cause as Error).message}`;
  return new UnhealthyError(target.where, [{ service: "all", problem, output: [] }]);
}

async function reportOf(
  target: Target,
  { name, state, problem }: ServiceStatus,
  within: number,
  signal: AbortSignal,
): Promise<ServiceReport> {
  const output: string[] = [];
  for await (const { text } of target.logs({ service: name, lines: LINES, follow: false, signal })) {
    output.push(text);
  }
  const why = problem === undefined ? state : `${state}, ${problem}`;
  return { service: name, problem: `${why} after ${within / 1_000} s`, output: output.slice(-LINES) };
}
