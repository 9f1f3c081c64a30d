import type { Builder } from "./facts.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Nobody vouches for a machine of one's own. */
const LOCAL = "https://seaworthy.dev/builders/local";

/** Who runs this, by what the CI says: the workflow of GitHub, the pipeline's file of GitLab, else this machine. */
export function builderOf(env: Environment, versions: Builder["versions"] = {}): Builder {
  return { ...(github(env) ?? gitlab(env) ?? { id: LOCAL }), versions };
}

/** GitHub, "Variables reference", "Default environment variables". */
function github(env: Environment): Pick<Builder, "id" | "invocation"> | undefined {
  const { GITHUB_ACTIONS: actions, GITHUB_WORKFLOW_REF: workflow, GITHUB_RUN_ID: run } = env;
  if (actions !== "true" || workflow === undefined) return undefined;
  const server = env["GITHUB_SERVER_URL"] ?? "https://github.com";
  const id = `${server}/${workflow}`;
  if (run === undefined) return { id };
  const attempt = env["GITHUB_RUN_ATTEMPT"] ?? "1";
  return { id, invocation: `${server}/${env["GITHUB_REPOSITORY"]}/actions/runs/${run}/attempts/${attempt}` };
}

/** GitLab, "Predefined CI/CD variables". Two slashes part project and file, as in GitLab's own identity tokens. */
function gitlab(env: Environment): Pick<Builder, "id" | "invocation"> | undefined {
  const { GITLAB_CI: ci, CI_PROJECT_URL: project, CI_CONFIG_PATH: file, CI_COMMIT_REF_NAME: ref } = env;
  if (ci === undefined || project === undefined) return undefined;
  const id = `${project}//${file ?? ".gitlab-ci.yml"}${ref === undefined ? "" : `@${ref}`}`;
  const job = env["CI_JOB_URL"];
  return job === undefined ? { id } : { id, invocation: job };
}
