import { type ConfigOptions, configName, configText } from "./config-text.ts";
import type { Grant } from "./github/grants.ts";
import { type WorkflowOptions, githubWorkflow } from "./github/workflow.ts";
import { gitlabPipeline } from "./gitlab/pipeline.ts";
import { dockerignoreText } from "./ignore-text.ts";
import type { Survey } from "./survey.ts";
import type { Tools } from "./tools.ts";
import type { View } from "./view.ts";

/** A file as `init` would have it. */
export interface Proposal {
  /** Below the root, with `/`. */
  readonly path: string;
  readonly text: string;
}

export type Pipeline = "github" | "gitlab";

export interface ProposeOptions extends Pick<ConfigOptions, "tests"> {
  readonly pipelines: readonly Pipeline[];
  /** Name of the config that is there; its platforms are `platforms`, what it needs a right for `grants`. */
  readonly config?: string;
  readonly platforms: readonly string[];
  readonly grants?: readonly Grant[];
  /** Those of the config that a CI can deploy to. */
  readonly environments?: readonly string[];
  /** Of the package that writes this. */
  readonly version: string;
}

/** Native runners for both exist on GitHub and on gitlab.com. */
const BOTH = ["linux/amd64", "linux/arm64"];

/**
 * The files that a repository lacks. A config that is there is the word of its owner: pipelines are made from it, and
 * only `init` alone proposes another one.
 */
export function propose(view: View, survey: Survey, options: ProposeOptions): readonly Proposal[] {
  const { pipelines, config } = options;
  const platforms = config === undefined && pipelines.length > 0 ? BOTH : options.platforms;
  const wanted = { platforms, tests: options.tests };
  const proposals: Proposal[] = [];
  if (config === undefined || pipelines.length === 0) {
    proposals.push({ path: config ?? configName(survey), text: configText(survey, wanted) });
  }
  const ignore = dockerignorePath(survey);
  if (!view.has(ignore) && !view.has(`${survey.dockerfile?.path ?? "Dockerfile"}.dockerignore`)) {
    proposals.push({ path: ignore, text: dockerignoreText(survey) });
  }
  const tools = toolsOf(survey, options.version);
  const made = { platforms, tools, grants: options.grants ?? [], environments: options.environments ?? [] };
  for (const pipeline of new Set(pipelines)) proposals.push(pipelineOf(pipeline, survey, made));
  return proposals;
}

function dockerignorePath({ dockerfile }: Survey): string {
  const context = dockerfile?.context ?? ".";
  return context === "." ? ".dockerignore" : `${context}/.dockerignore`;
}

function pipelineOf(
  pipeline: Pipeline,
  { defaultBranch = "main", toolchains }: Survey,
  { platforms, tools, ...rest }: Omit<WorkflowOptions, "branches">,
): Proposal {
  switch (pipeline) {
    case "github": {
      const branches = [...new Set([defaultBranch, "develop"])];
      const text = githubWorkflow({ branches, platforms, tools, ...rest });
      return { path: ".github/workflows/release.yml", text };
    }
    case "gitlab": {
      const needs = toolchains.flatMap(({ test, needs: program }) =>
        test === undefined || program === undefined ? [] : [program],
      );
      return {
        path: ".gitlab-ci.yml",
        text: gitlabPipeline({ branches: ["develop"], platforms, tools, needs }),
      };
    }
    default:
      return pipeline satisfies never;
  }
}

/** What a lock file installs is run as it is locked; everybody else gets the version that wrote the pipeline. */
function toolsOf({ toolchains, installsSeaworthy, folder }: Survey, version: string): Tools {
  const own = installsSeaworthy ? toolchains.find(({ exec }) => exec !== undefined) : undefined;
  const used = toolchains.filter((one) => one.test !== undefined || one === own);
  return {
    seaworthy: own === undefined ? `npx --yes seaworthy@${version}` : `${own.exec} seaworthy`,
    install: used.flatMap(({ install }) => install),
    folder,
    locked: own !== undefined,
  };
}
