import { ReleaseError } from "../../error.ts";
import type { Source } from "../../source.ts";
import type { Event } from "../event.ts";
import { type Env, commitOf, isDirty, known, secondsOf } from "./fields.ts";

/** `CI_PIPELINE_SOURCE` where nobody pushed: a clock, and what a person or another program started. */
const SCHEDULE = "schedule";
const MANUAL = /^(?:web|api|trigger|pipeline|parent_pipeline|chat|webide|ondemand_dast_scan)$/;

/**
 * GitLab's predefined variables.
 * @throws ReleaseError `event` where they do not say what runs
 */
export function eventFromGitLab(env: Env, source?: Source): Event {
  const name = env["CI_PIPELINE_SOURCE"] ?? "push";
  const revision = commitOf(env["CI_COMMIT_SHA"], "CI_COMMIT_SHA") ?? source?.revision;
  const common = {
    name,
    dirty: isDirty(source),
    ...known<Pick<Event, "actor" | "revision" | "committed" | "baseRef">>({
      actor: env["GITLAB_USER_LOGIN"],
      revision,
      committed: secondsOf(env["CI_COMMIT_TIMESTAMP"]) ?? source?.committed,
      baseRef: env["CI_MERGE_REQUEST_TARGET_BRANCH_NAME"],
    }),
    repository: known<Event["repository"]>({
      name: env["CI_PROJECT_NAME"] ?? env["CI_PROJECT_PATH"]?.split("/").at(-1),
      description: env["CI_PROJECT_DESCRIPTION"],
      url: env["CI_PROJECT_URL"] ?? source?.url,
      defaultBranch: env["CI_DEFAULT_BRANCH"] ?? source?.defaultBranch,
    }),
  };
  if (name === "merge_request_event") return mergeRequest(common, env);
  const tag = env["CI_COMMIT_TAG"];
  if (tag !== undefined && tag !== "") return { ...common, kind: "tag", ref: `refs/tags/${tag}`, tag };
  // CI_COMMIT_REF_NAME stands in on versions that do not know CI_COMMIT_BRANCH.
  const branch = env["CI_COMMIT_BRANCH"] ?? env["CI_COMMIT_REF_NAME"];
  if (branch === undefined || branch === "") {
    throw new ReleaseError("event", `GitLab: ${name} names neither CI_COMMIT_BRANCH nor CI_COMMIT_TAG`, {
      hint: "give --event-name and --ref",
    });
  }
  const ref = `refs/heads/${branch}`;
  if (name === SCHEDULE) return { ...common, kind: "schedule", ref, branch };
  if (MANUAL.test(name)) return { ...common, kind: "manual", ref, branch };
  return name === "push"
    ? { ...common, kind: "branch", ref, branch }
    : { ...common, kind: "other", ref, branch };
}

function mergeRequest(
  common: Pick<Event, "name" | "actor" | "dirty" | "revision" | "committed" | "baseRef" | "repository">,
  env: Env,
): Event {
  const number = Number(env["CI_MERGE_REQUEST_IID"]);
  if (!Number.isSafeInteger(number) || number < 1) {
    throw new ReleaseError(
      "event",
      `CI_MERGE_REQUEST_IID: expected a number, found ${JSON.stringify(env["CI_MERGE_REQUEST_IID"] ?? "")}`,
    );
  }
  const [from, into] = [env["CI_MERGE_REQUEST_SOURCE_PROJECT_ID"], env["CI_MERGE_REQUEST_PROJECT_ID"]];
  const head = commitOf(env["CI_MERGE_REQUEST_SOURCE_BRANCH_SHA"], "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA");
  return {
    ...common,
    ...known<{ headRevision: string }>({ headRevision: head }),
    kind: "pull-request",
    ref: `refs/pull/${number}/merge`,
    number,
    fork: from !== undefined && into !== undefined && from !== into,
    // GitLab runs no pipeline for a merge request that is closed.
    closed: false,
  };
}
