import { formatPlatform, parsePlatform } from "@seaworthy/oci";
import { indented } from "../indented.ts";
import { literal } from "../literal.ts";
import type { Tools } from "../tools.ts";

export interface PipelineOptions {
  /** Pushes to these are released, besides those to the default branch. */
  readonly branches: readonly string[];
  /** One makes a single job; several are built each on a runner of its own and merged. */
  readonly platforms: readonly string[];
  readonly tools: Tools;
  /** Programs that the tests need and the image has not. */
  readonly needs: readonly string[];
}

/** Tags of the runners of gitlab.com; others have other ones. */
const RUNNERS: Readonly<Record<string, string>> = {
  "linux/amd64": "saas-linux-small-amd64",
  "linux/arm64": "saas-linux-small-arm64",
};

/** `.gitlab-ci.yml`, of one job or of one for each platform and one that merges. */
export function gitlabPipeline(options: PipelineOptions): string {
  const { tools, platforms } = options;
  const jobs = platforms.length > 1 ? [buildJob(platforms, tools), mergeJob(tools)] : [releaseJob(tools)];
  return `${head(options)}\n${jobs.join("\n")}`;
}

function head({ branches, needs }: PipelineOptions): string {
  const others = branches.map((name) => `    - if: $CI_COMMIT_BRANCH == ${literal(name)}`);
  const missing = needs.map(
    (name) => `  # The tests need ${name}, which this image does not have: take one that has it and Node 24.`,
  );
  return `# Written by "seaworthy init gitlab"; "seaworthy init gitlab --dry-run" shows what it would change now.
#
# The runner has to let the job mount: a Docker executor with "privileged = true", as on gitlab.com, or a shell
# executor where "seaworthy doctor" is content.
workflow:
  # GitLab cancels a pipeline that waits when a newer commit comes, but every commit is to have its image. Nothing has
  # to wait its turn: tags only move forward, whichever release ends last.
  auto_cancel:
    on_new_commit: none
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
      auto_cancel:
        on_new_commit: interruptible
    - if: $CI_COMMIT_TAG =~ /^v/
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
${others.length === 0 ? "" : `${others.join("\n")}\n`}
stages: [build, release]

default:
  # A tag that Docker Hub may move; node:24-bookworm@sha256:… does not move.
  image: node:24-bookworm
${missing.length === 0 ? "" : `${missing.join("\n")}\n`}  interruptible: true

variables:
  GIT_DEPTH: "0" # moving tags move forward by ancestry, which takes the whole history
  # Snapshots are overlays, which cannot stand on the overlay that is the job's root: beside the sources they can.
  XDG_CACHE_HOME: $CI_BUILDS_DIR/.seaworthy-cache
`;
}

/** The registry's credentials are GitLab's own variables: CI_REGISTRY, CI_REGISTRY_USER, CI_REGISTRY_PASSWORD. */
function jobText(
  id: string,
  keys: readonly string[],
  { seaworthy, install, folder }: Tools,
  flags: string,
): string {
  const script = [
    ...install.map((line) => (folder === "." ? line : `(cd ${shellWord(folder)} && ${line})`)),
    `${seaworthy} doctor --fix --quiet`,
    `${seaworthy} release --image "$CI_REGISTRY_IMAGE"${flags}`,
  ];
  const lines = [...keys, "script:", ...script.map((line) => `  - ${scalar(line)}`)];
  return `${id}:\n${indented(2, lines)}\n`;
}

/** As people write it where YAML lets them. */
function scalar(line: string): string {
  return /^[\w(](?:[^#:\n]|:(?! |$))*$/.test(line) ? line : literal(line);
}

function shellWord(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function releaseJob(tools: Tools): string {
  return jobText("release", ["stage: release", "timeout: 1 hour"], tools, "");
}

function buildJob(platforms: readonly string[], tools: Tools): string {
  const entries = platforms.flatMap((text) => {
    const platform = formatPlatform(parsePlatform(text));
    return [
      `    - PLATFORM: ${platform}`,
      `      RUNNER: ${RUNNERS[platform] ?? `${RUNNERS["linux/amd64"]} # emulated: name a runner that is one`}`,
    ];
  });
  return jobText(
    "build",
    [
      "stage: build",
      "timeout: 1 hour",
      "# Each platform on a machine that is one. These runners are gitlab.com's; name your own by their tags.",
      "parallel:",
      "  matrix:",
      ...entries,
      "tags: [$RUNNER]",
    ],
    tools,
    ' --platform "$PLATFORM" --partial',
  );
}

function mergeJob(tools: Tools): string {
  return jobText(
    "release",
    [
      "stage: release",
      "timeout: 30 minutes",
      "rules:",
      "  # A merge request of a fork publishes nothing, so there is nothing to merge.",
      "  - if: $CI_MERGE_REQUEST_SOURCE_PROJECT_ID != $CI_MERGE_REQUEST_PROJECT_ID",
      "    when: never",
      "  - when: on_success",
    ],
    tools.locked ? tools : { ...tools, install: [] },
    " --merge",
  );
}
