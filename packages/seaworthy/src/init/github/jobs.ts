import { indented } from "../indented.ts";
import type { Tools } from "../tools.ts";
import { type Grant, grantLines } from "./grants.ts";
import type { Machines } from "./machines.ts";
import { AMD64 } from "./runners.ts";
import { preparation, releaseStep } from "./steps.ts";

/** A job, as lines of YAML. */
export interface Job {
  readonly id: string;
  /** What the reader should know. */
  readonly about: readonly string[];
  /** Keys up to `permissions`. */
  readonly keys: readonly string[];
  readonly permissions: readonly string[];
  /** Whether others can read what was released. */
  readonly outputs: boolean;
  readonly steps: readonly string[];
}

export function jobText({ id, about, keys, permissions, outputs, steps }: Job): string {
  const lines = [
    ...keys,
    "permissions:",
    ...permissions.map((line) => `  ${line}`),
    ...(outputs ? OUTPUTS : []),
    "steps:",
    ...steps.map((line) => `  ${line}`),
  ];
  return `${indented(2, [...about.map((line) => `# ${line}`), `${id}:`])}\n${indented(4, lines)}\n`;
}

const OUTPUTS = [
  "outputs:",
  "  digest: ${{ steps.release.outputs.digest }}",
  "  tags: ${{ steps.release.outputs.tags }}",
  "  version: ${{ steps.release.outputs.version }}",
];

const OURS = [
  "if: >-",
  "  github.event_name != 'pull_request' ||",
  "  (github.event.pull_request.head.repo.full_name == github.repository && github.actor != 'dependabot[bot]')",
];
const STRANGE = [
  "if: >-",
  "  github.event_name == 'pull_request' &&",
  "  (github.event.pull_request.head.repo.full_name != github.repository || github.actor == 'dependabot[bot]')",
];

const READ = ["contents: read"];
const PUSH = [
  ...READ,
  "packages: write # ghcr.io; a package first pushed by hand must let this repository write",
];

/** One platform alone: everything in one job. */
export function releaseJob(machines: Machines, tools: Tools, grants: readonly Grant[]): Job {
  const { keys, emulate } = machines;
  return {
    id: "release",
    about: ["Built, run and checked, then pushed by digest; the tags move last."],
    keys: ["name: release", ...OURS, ...keys],
    permissions: [...PUSH, ...grantLines(grants)],
    outputs: true,
    steps: [...preparation(tools, emulate), ...releaseStep("Release", tools, "", { id: true, token: true })],
  };
}

export function buildJob({ keys, suffix, flags, env, emulate }: Machines, tools: Tools): Job {
  return {
    id: "build",
    about: [
      "Each platform on a machine that is one: built, run and checked there, then pushed by digest, without a tag.",
    ],
    keys: [`name: build${suffix}`, ...OURS, ...keys],
    permissions: PUSH,
    outputs: false,
    steps: [
      ...preparation(tools, emulate),
      ...releaseStep("Build, check, push by digest", tools, flags, { token: true, env }),
    ],
  };
}

export function mergeJob(tools: Tools, grants: readonly Grant[]): Job {
  return {
    id: "release",
    about: [
      "Finds the platforms in the registry by itself, makes one image of them, and moves the tags last.",
    ],
    keys: [
      "name: release",
      "needs: build # where that was skipped, so is this",
      `runs-on: ${AMD64}`,
      "timeout-minutes: 30",
    ],
    permissions: [...PUSH, ...grantLines(grants)],
    outputs: true,
    steps: [
      // The tests have run where the platforms were built.
      ...preparation(tools.locked ? tools : { ...tools, install: [] }, "never"),
      ...releaseStep("Merge, publish, move the tags", tools, " --merge", { id: true, token: true }),
    ],
  };
}

export function checkJob({ keys, suffix, flags, env, emulate }: Machines, tools: Tools): Job {
  return {
    id: "check",
    about: [
      "Pull requests from forks and from Dependabot bring code that nobody here has read: built and checked, with no",
      "token and no right to write. (GitHub gives forks a token that only reads, but to Dependabot what a job asks for.)",
    ],
    keys: [`name: check${suffix}`, ...STRANGE, ...keys],
    permissions: READ,
    outputs: false,
    steps: [...preparation(tools, emulate), ...releaseStep("Build and check", tools, flags, { env })],
  };
}
