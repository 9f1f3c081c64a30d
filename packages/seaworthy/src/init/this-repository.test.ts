import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { workflowFaults } from "../../test/github.ts";
import { loadConfig } from "../config/load.ts";
import { VERSION } from "../version.ts";
import { folderView } from "./folder-view.ts";
import { grantsOf } from "./github/grants.ts";
import { propose } from "./proposal.ts";
import { surveyRepository } from "./survey.ts";
import { lintWorkflow } from "./workflow-lint.ts";

const ROOT = fileURLToPath(new URL("../../../..", import.meta.url));
const WORKFLOWS = `${ROOT}/.github/workflows`;

describe("this repository's workflows", () => {
  it.each(readdirSync(WORKFLOWS))(
    "%s is what GitHub's parser takes, and breaks none of our rules",
    async (name) => {
      const text = readFileSync(`${WORKFLOWS}/${name}`, "utf8");
      expect(await workflowFaults(text)).toEqual([]);
      expect(lintWorkflow(text)).toEqual([]);
    },
  );

  it("are what init writes: after a change, npx seaworthy init github --force", async () => {
    const facts = { revision: "x", version: "x", branch: "main" };
    const config = await loadConfig(`${ROOT}/seaworthy.config.ts`, facts, () => undefined);
    const view = folderView(ROOT);
    const survey = surveyRepository(view, { defaultBranch: "main" });
    const proposals = propose(view, survey, {
      pipelines: ["github"],
      config: "seaworthy.config.ts",
      platforms: config.platforms ?? [],
      grants: grantsOf(config),
      tests: true,
      version: VERSION,
    });
    const [{ path, text } = { path: "", text: "" }] = proposals;
    expect(proposals).toHaveLength(1);
    expect(path).toBe(".github/workflows/release.yml");
    expect(readFileSync(`${ROOT}/${path}`, "utf8")).toBe(text);
  });
});
