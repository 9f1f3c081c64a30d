import { mapping, stringsIn, textOf } from "./file.ts";
import {
  expressionsIn,
  failingCache,
  granted,
  holdsSecret,
  nameOf,
  scripts,
  top,
  unknownSteps,
  unpinned,
  uses,
} from "./checks.ts";
import { floating } from "./floating.ts";
import type { Rule } from "./rule.ts";

/** Events that run with the repository's own rights, whoever caused them. */
const PRIVILEGED = ["pull_request_target", "workflow_run", "issue_comment"];

/** Every rule, each on its own: a workflow breaks as many as it breaks. */
export const RULES: readonly Rule[] = [
  {
    name: "unpinned-uses",
    hint: "name the commit: uses: owner/action@<40 hex digits> # v1.2.3",
    check: ({ jobs, steps }) => [...jobs, ...steps].flatMap(unpinned),
  },
  {
    name: "missing-permissions",
    hint: "write permissions: {} at the top, and in each job what it needs",
    check: (file) =>
      file.kind === "action"
        ? []
        : [top(file), ...file.jobs].flatMap((part) =>
            "permissions" in part.value
              ? []
              : [{ path: part.path, found: `${nameOf(part)} has no permissions` }],
          ),
  },
  {
    name: "wide-permissions",
    hint: "give each job the rights that it uses, and the workflow none",
    check: (file) => [...granted(top(file), true), ...file.jobs.flatMap((job) => granted(job, false))],
  },
  {
    name: "expression-in-script",
    hint: 'put the value into env and use it as "$NAME": what an expression holds becomes part of the script',
    check: ({ root, jobs, steps }) => [
      ...steps.flatMap((step) => scripts(step)),
      ...[{ path: [], value: root }, ...jobs].flatMap(({ path, value }) =>
        expressionsIn([...path, "defaults"], value["defaults"]),
      ),
    ],
  },
  {
    name: "wide-secret",
    hint: "put it into the env of the one step that uses it",
    check: (file) =>
      [top(file), ...file.jobs].flatMap(({ path, value }) =>
        stringsIn([...path, "env"], value["env"])
          .filter(({ text }) => holdsSecret(text))
          .map(({ path: at }) => ({ path: at, found: `every step below can read ${String(at.at(-1))}` })),
      ),
  },
  {
    name: "missing-timeout",
    hint: "write timeout-minutes: without it a job that hangs runs for six hours",
    check: ({ jobs }) =>
      jobs.flatMap((job) =>
        "uses" in job.value || "timeout-minutes" in job.value
          ? []
          : [{ path: job.path, found: `${nameOf(job)} has no timeout-minutes` }],
      ),
  },
  {
    name: "floating-version",
    hint: "name an exact version, or run what a lock file installed",
    check: floating,
  },
  {
    name: "privileged-event",
    hint: "use pull_request: code of strangers must not run with this repository's rights",
    check: ({ events }) =>
      events.filter((event) => PRIVILEGED.includes(event)).map((event) => ({ path: ["on"], found: event })),
  },
  {
    name: "kept-credentials",
    hint: "write persist-credentials: false; without it every later step can push",
    check: ({ steps }) =>
      steps
        .filter(uses("actions/checkout"))
        .flatMap(({ path, value }) =>
          textOf(mapping(value["with"])["persist-credentials"]) === "false"
            ? []
            : [{ path, found: "the token stays in .git/config" }],
        ),
  },
  {
    name: "failing-cache",
    hint: "leave it out (setup-node: package-manager-cache: false), or let the step fail: continue-on-error: true",
    check: ({ steps }) => steps.flatMap(failingCache),
  },
  {
    name: "unknown-step",
    hint: "give the step that id; an unknown one is an empty text, not an error",
    check: (file) =>
      file.kind === "action"
        ? unknownSteps(file.root, [], file.steps)
        : file.jobs.flatMap((job) => unknownSteps(job.value, job.path, file.stepsOf(job))),
  },
  {
    name: "missing-concurrency",
    hint: "write concurrency with a group: runs of the same pull request get in each other's way",
    check: (file) =>
      file.kind === "action" || "concurrency" in file.root ? [] : [{ path: [], found: "no concurrency" }],
  },
  {
    name: "emulated-build",
    hint: "build each platform on a runner of its own: emulation is several times slower",
    check: ({ steps }) =>
      steps
        .filter(uses("docker/setup-qemu-action"))
        .map(({ path }) => ({ path, found: "builds under QEMU" })),
  },
];
