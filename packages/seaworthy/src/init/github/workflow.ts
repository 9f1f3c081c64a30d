import { literal } from "../literal.ts";
import type { Tools } from "../tools.ts";
import { deployJobs } from "./deploy-jobs.ts";
import { checkJob, jobText, mergeJob, releaseJob, buildJob } from "./jobs.ts";
import { alone, each } from "./machines.ts";
import type { Grant } from "./grants.ts";
import { runnerOf } from "./runners.ts";

export interface WorkflowOptions {
  /** Pushes to these are released, the default branch first; pull requests are those to it. */
  readonly branches: readonly string[];
  /** One makes a single job; several are built each on a runner of its own and merged. */
  readonly platforms: readonly string[];
  readonly tools: Tools;
  /** Rights of the job that moves the tags, for what a config asks for besides. */
  readonly grants?: readonly Grant[];
  /** Where releases are deployed to, one after the other. */
  readonly environments?: readonly string[];
}

/** `.github/workflows/release.yml`: everything that may write is in a job that strangers do not reach. */
export function githubWorkflow({
  branches,
  platforms,
  tools,
  grants = [],
  environments = [],
}: WorkflowOptions): string {
  const runners = (platforms.length === 0 ? ["linux/amd64"] : platforms).map(runnerOf);
  const machines = runners.length === 1 ? alone(runners[0]!) : each(runners);
  const own =
    runners.length === 1
      ? [releaseJob(machines, tools, grants)]
      : [buildJob(machines, tools), mergeJob(tools, grants)];
  const jobs = [...own, ...deployJobs(environments, tools), checkJob(machines, tools)];
  return `${head(branches)}${jobs.map(jobText).join("\n")}`;
}

function head(branches: readonly string[]): string {
  const [main = "main"] = branches;
  return `# Written by "seaworthy init github"; "seaworthy init github --dry-run" shows what it would change now.
name: release

on:
  push:
    branches: [${branches.map(pattern).join(", ")}]
    tags: ["v*"]
  pull_request:
    branches: [${pattern(main)}]

# No job has a right that it does not name itself.
permissions: {}

# A newer push to a pull request takes the place of the one before. Any other commit has a group of its own: GitHub
# lets one run of a group wait and cancels the rest, but every commit is to have its image, and a release that was
# begun is to end. Nothing has to wait its turn: tags only move forward, whichever release ends last.
concurrency:
  group: \${{ github.workflow }}-\${{ github.ref }}-\${{ github.event_name == 'pull_request' || github.sha }}
  cancel-in-progress: \${{ github.event_name == 'pull_request' }}

defaults:
  run:
    shell: bash # with pipefail, which the default has not

env:
  # In place of the config's image, so that a fork has its own; seaworthy writes it in lower case.
  IMAGE: ghcr.io/\${{ github.repository }}

jobs:
`;
}

/** In filters of branches these mean something; a backslash takes that away. `${{` would begin an expression. */
function pattern(branch: string): string {
  return literal(branch.replaceAll(/[\\*?+![\]]/g, String.raw`\$&`).replaceAll("${{", "$[{]{"));
}
