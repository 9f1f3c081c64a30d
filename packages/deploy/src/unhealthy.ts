import { DeployError } from "./error.ts";
import type { ServiceReport } from "./target.ts";

/** Services that did not become healthy, and what they said. */
export class UnhealthyError extends DeployError {
  readonly where: string;
  readonly reports: readonly ServiceReport[];

  constructor(where: string, reports: readonly ServiceReport[]) {
    const lines = reports.flatMap(({ service, problem, output }) => [
      `  ${service}: ${problem}`,
      ...output.map((line) => `    | ${line}`),
    ]);
    const count = reports.length === 1 ? "1 service" : `${reports.length} services`;
    super("unhealthy", `${where}: ${count} did not become healthy\n${lines.join("\n")}`);
    this.where = where;
    this.reports = reports;
  }
}
