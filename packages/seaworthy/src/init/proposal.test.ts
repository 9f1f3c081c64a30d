import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { workflowFaults } from "../../test/github.ts";
import { viewOf } from "../../test/view.ts";
import { fetched } from "./lint/floating.ts";
import { propose } from "./proposal.ts";
import { surveyRepository } from "./survey.ts";
import { lintWorkflow } from "./workflow-lint.ts";

const MANIFEST = JSON.stringify({ scripts: { test: "x" }, devDependencies: { seaworthy: "1.0.0" } });

/** The pipelines of a repository that is nothing but these files. */
function pipelines(files: Readonly<Record<string, string>>) {
  const view = viewOf({ ".dockerignore": "", ...files });
  const options = {
    config: "seaworthy.config.ts",
    platforms: ["linux/amd64"],
    tests: true,
    version: "1.2.3",
  };
  const survey = surveyRepository(view, {});
  const [github, gitlab] = propose(view, survey, { ...options, pipelines: ["github", "gitlab"] });
  return { github: github!.text, gitlab: gitlab!.text };
}

describe("pipelines", () => {
  it.each<[string, Readonly<Record<string, string>>, string, string]>([
    ["npm", { "package.json": MANIFEST, "package-lock.json": "{}" }, "npm ci", "npx --no -- seaworthy"],
    ["npm without a lock", { "package.json": MANIFEST }, "npm install", "npx --yes seaworthy@1.2.3"],
    [
      "pnpm",
      { "package.json": MANIFEST, "pnpm-lock.yaml": "" },
      "pnpm install --frozen-lockfile",
      "pnpm exec seaworthy",
    ],
    ["yarn", { "package.json": MANIFEST, "yarn.lock": "" }, "yarn install --immutable", "yarn run seaworthy"],
    [
      "bun",
      { "package.json": MANIFEST, "bun.lock": "" },
      "bun install --frozen-lockfile",
      "bunx --no-install seaworthy",
    ],
    ["uv", { "uv.lock": "", "pyproject.toml": "pytest" }, "pipx install uv==", "npx --yes seaworthy@1.2.3"],
    [
      "poetry",
      { "poetry.lock": "", "pyproject.toml": "pytest" },
      "poetry install",
      "npx --yes seaworthy@1.2.3",
    ],
    ["pip", { "requirements.txt": "pytest" }, "-r requirements.txt", "npx --yes seaworthy@1.2.3"],
  ])("of %s install it and run seaworthy by an exact version", async (_, files, install, run) => {
    const { github, gitlab } = pipelines(files);
    expect(await workflowFaults(github)).toEqual([]);
    expect(lintWorkflow(github)).toEqual([]);
    for (const text of [github, gitlab]) {
      expect(text).toContain(install);
      expect(text).toContain(`${run} release --image`);
    }
    const { release } = parse(gitlab) as { readonly release: { readonly script: readonly string[] } };
    expect(release.script.flatMap(fetched)).toEqual([]);
  });

  it.each([
    ["nothing but seaworthy, where there are no tests", { "package.json": "{}", "package-lock.json": "{}" }],
    ["nothing but seaworthy, where the tests need only what runners have", { "go.mod": "" }],
  ])("install %s", (_, files) => {
    expect(pipelines(files).github).not.toMatch(/name: Install/);
  });

  it("say what the tests need and GitLab's image does not have", () => {
    expect(pipelines({ "go.mod": "" }).gitlab).toMatch(/# The tests need go, which this image does not have/);
    expect(pipelines({ "package.json": MANIFEST }).gitlab).not.toMatch(/The tests need/);
  });
});
