import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { gitlabJobs } from "../../../test/gitlab.ts";
import { runScript } from "../../../test/script.ts";
import { fetched } from "../lint/floating.ts";
import { type PipelineOptions, gitlabPipeline } from "./pipeline.ts";

const TOOLS = { seaworthy: "npx --yes seaworthy@1.2.3", install: ["npm ci"], folder: ".", locked: false };

const generate = (more: Partial<PipelineOptions> = {}): string =>
  gitlabPipeline({
    branches: ["develop"],
    platforms: ["linux/amd64", "linux/arm64"],
    tools: TOOLS,
    needs: [],
    ...more,
  });

interface Job {
  readonly script: readonly string[];
  readonly timeout: string;
}
const jobsOf = (text: string) => parse(text) as Readonly<Record<string, Job>>;
const names = (text: string, variables: Readonly<Record<string, string>>): readonly string[] =>
  gitlabJobs(text, variables).flatMap(({ name, when }) =>
    when === "never" ? [] : [name.replace(/:.*/, "")],
  );

describe("a pipeline", () => {
  it.each<[string, string]>([
    ["two platforms", generate()],
    ["no platform and no branch said", generate({ platforms: [], branches: [] })],
    [
      "what no runner, no image and no file system is used to",
      generate({
        platforms: ["linux/amd64", "linux/riscv64"],
        needs: ["go", "pipx"],
        tools: { ...TOOLS, folder: "it's: #1\n- x" },
      }),
    ],
  ])("for %s is what GitLab's schema takes, fetches nothing that moves, and ends in a time", (_, text) => {
    expect(gitlabJobs(text).length).toBeGreaterThan(0);
    const { build, release } = jobsOf(text);
    const jobs = [build, release].filter((job) => job !== undefined);
    expect(jobs.flatMap(({ script }) => script.flatMap(fetched))).toEqual([]);
    expect(jobs.map(({ timeout }) => timeout)).toEqual(
      jobs.map(() => expect.stringMatching(/^(?:1 hour|30 minutes)$/)),
    );
    expect(text).not.toMatch(/:latest|artifacts|cache:/);
  });

  const spread = ["build", "build", "release"];
  const merge = { CI_PIPELINE_SOURCE: "merge_request_event", CI_MERGE_REQUEST_PROJECT_ID: "1" };

  it.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
    ["a push to the default branch", { CI_COMMIT_BRANCH: "main", CI_DEFAULT_BRANCH: "main" }, spread],
    ["a merge request", { ...merge, CI_MERGE_REQUEST_SOURCE_PROJECT_ID: "1" }, spread],
    [
      "a merge request from a fork, which publishes nothing (P23)",
      { ...merge, CI_MERGE_REQUEST_SOURCE_PROJECT_ID: "2" },
      ["build", "build"],
    ],
  ])("starts for %s", (_, variables, jobs) => {
    expect(names(generate(), variables)).toEqual(jobs);
  });

  it("is started by the default branch, develop, version tags and merge requests", () => {
    const { workflow } = parse(generate()) as {
      readonly workflow: { readonly rules: readonly { readonly if: string }[] };
    };
    expect(workflow.rules.map((rule) => rule.if)).toEqual([
      '$CI_PIPELINE_SOURCE == "merge_request_event"',
      "$CI_COMMIT_TAG =~ /^v/",
      "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH",
      '$CI_COMMIT_BRANCH == "develop"',
    ]);
  });

  it("cancels a merge request's older pipeline, and no release (P5)", () => {
    expect(parse(generate())).toMatchObject({
      workflow: {
        auto_cancel: { on_new_commit: "none" },
        rules: [{ auto_cancel: { on_new_commit: "interruptible" } }, {}, {}, {}],
      },
      default: { interruptible: true },
    });
  });

  it("sees the whole history", () => {
    expect(parse(generate())).toMatchObject({ variables: { GIT_DEPTH: "0" } });
  });

  it("hands values over as they are, whatever is in them", () => {
    const evil = 'x"; touch $STRAY; $(touch $STRAY)';
    const [install, doctor, build] = jobsOf(generate({ tools: { ...TOOLS, folder: "." } }))["build"]!.script;
    const { commands, strays } = runScript(`${install}\n${doctor}\n${build}\n`, {
      CI_REGISTRY_IMAGE: evil,
      PLATFORM: evil,
    });
    expect(strays).toEqual([]);
    expect(commands).toEqual([
      ["npm", "ci"],
      ["npx", "--yes", "seaworthy@1.2.3", "doctor", "--fix", "--quiet"],
      ["npx", "--yes", "seaworthy@1.2.3", "release", "--image", evil, "--platform", evil, "--partial"],
    ]);
  });

  it("enters a folder by its name, and runs nothing of it", () => {
    const folder = "it's $(touch $STRAY)";
    const [install] = jobsOf(generate({ tools: { ...TOOLS, folder } }))["build"]!.script;
    const { commands, strays } = runScript(`mkdir "$FOLDER"\n${install}`, { FOLDER: folder });
    expect({ commands, strays }).toEqual({ commands: [["npm", "ci"]], strays: [] });
  });

  it("installs what the tests need where they run, and not where platforms are merged", () => {
    const { build, release } = jobsOf(generate());
    expect([build!.script.length, release!.script.length]).toEqual([3, 2]);
    const locked = jobsOf(generate({ tools: { ...TOOLS, locked: true } }));
    expect(locked["release"]!.script[0]).toBe("npm ci");
  });
});

describe("the check against GitLab's schema", () => {
  it.each<[string, (text: string) => string, RegExp]>([
    ["a job without a script", (text) => text.replace("script:", "scripts:"), /script/],
    [
      "an unknown word",
      (text) => text.replace("on_new_commit: none", "on_new_commit: never"),
      /on_new_commit|auto_cancel/,
    ],
    ["a stage that is not there", (text) => text.replace("stage: build", "stage: bild"), /bild/],
  ])("finds %s", (_, spoil, message) => {
    expect(() => gitlabJobs(spoil(generate()))).toThrow(message);
  });
});
