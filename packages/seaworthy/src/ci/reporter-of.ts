import type { Machine } from "../machine/machine.ts";
import type { CiReporter } from "./reporter.ts";

/** Of the CI that this process runs in; one that shows nothing where there is none. */
export async function ciReporterOf(machine: Machine): Promise<CiReporter> {
  const { env, stderr } = machine;
  if (env["GITHUB_ACTIONS"] === "true") return (await import("./github/github.ts")).githubReporter(machine);
  if (env["GITLAB_CI"] === "true") return (await import("./gitlab.ts")).gitlabReporter(machine);
  return { stderr, fold: (progress) => progress, report: () => Promise.resolve() };
}
