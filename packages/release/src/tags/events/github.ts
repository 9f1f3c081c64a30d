import { ReleaseError } from "../../error.ts";
import type { Source } from "../../source.ts";
import type { Event } from "../event.ts";
import { type Env, type Fields, commitOf, fieldsOf, isDirty, known, secondsOf } from "./fields.ts";

/** "Events that trigger workflows", less those that only a workflow of its own kind sees. */
const EVENTS: ReadonlySet<string> = new Set(
  (
    "branch_protection_rule check_run check_suite create delete deployment deployment_status discussion " +
    "discussion_comment fork gollum image_version issue_comment issues label merge_group milestone page_build public " +
    "pull_request pull_request_comment pull_request_review pull_request_review_comment pull_request_target push " +
    "registry_package release repository_dispatch schedule status watch workflow_call workflow_dispatch workflow_run"
  ).split(" "),
);
/** Their ref is the default branch, always; the payload of a schedule does not say which that is. */
const ON_DEFAULT_BRANCH = /^(?:schedule|issues|issue_comment|discussion|discussion_comment)$/;
const PULL = /^refs\/pull\/(\d+)\//;

export interface GitHubInput {
  /** `GITHUB_EVENT_NAME`, `GITHUB_REF`, `GITHUB_SHA`, `GITHUB_REPOSITORY`, `GITHUB_SERVER_URL`. */
  readonly env: Env;
  /** Content of `GITHUB_EVENT_PATH`, parsed; undefined where there is none. */
  readonly payload?: unknown;
  /** What messages call the payload. */
  readonly payloadName?: string;
  /** What is checked out, for what the payload does not say. */
  readonly source?: Source;
}

/** @throws ReleaseError `event` for an unknown event, a malformed payload, or a ref that is none */
export function eventFromGitHub({ env, payload, payloadName = "event payload", source }: GitHubInput): Event {
  const name = env["GITHUB_EVENT_NAME"] ?? "";
  if (!EVENTS.has(name)) throw unknownEvent(name);
  const fields = fieldsOf(payload ?? {}, payloadName);
  const ref = refOf(env["GITHUB_REF"]);
  const revision = commitOf(env["GITHUB_SHA"], "GITHUB_SHA") ?? source?.revision;
  const common = {
    name,
    dirty: isDirty(source),
    ...known<Pick<Event, "actor" | "revision" | "committed" | "baseRef">>({
      // Whoever runs it again has no more rights than who ran it first.
      actor: env["GITHUB_ACTOR"] ?? fields.text("sender.login"),
      revision,
      committed: committedOf(payload, fields, revision) ?? source?.committed,
      baseRef: (fields.text("pull_request.base.ref") ?? fields.text("base_ref"))?.replace(
        /^refs\/heads\//,
        "",
      ),
    }),
    repository: repositoryOf(env, fields, name, ref, source),
  };
  if (name.startsWith("pull_request")) return pullRequest(common, fields, ref);
  if (fields.flag("deleted") === true) {
    throw new ReleaseError(
      "event",
      `${payloadName}: ${ref ?? "the ref"} was deleted, there is nothing to release`,
      { hint: "leave such runs out: if: ${{ !github.event.deleted }}" },
    );
  }
  return onRef(common, name, ref);
}

type Known = Pick<Event, "name" | "actor" | "dirty" | "revision" | "committed" | "baseRef" | "repository">;

function onRef(common: Known, name: string, ref: string | undefined): Event {
  if (ref === undefined) {
    if (name === "push") {
      throw new ReleaseError("event", "push event: expected a ref, found none", {
        hint: "give --ref refs/heads/BRANCH or refs/tags/TAG, or set GITHUB_REF",
      });
    }
    return { ...common, kind: "other" };
  }
  const pull = PULL.exec(ref)?.[1];
  if (pull !== undefined) {
    return { ...common, kind: "pull-request", ref, number: Number(pull), fork: false, closed: false };
  }
  const tag = after(ref, "refs/tags/");
  if (tag !== undefined) return { ...common, kind: "tag", ref, tag };
  const branch = after(ref, "refs/heads/");
  if (branch === undefined) return { ...common, kind: "other", ref };
  if (name === "push") return { ...common, kind: "branch", ref, branch };
  if (name === "schedule") return { ...common, kind: "schedule", ref, branch };
  if (name === "workflow_dispatch" || name === "repository_dispatch" || name === "workflow_call") {
    return { ...common, kind: "manual", ref, branch };
  }
  return { ...common, kind: "other", ref, branch };
}

/** `pull_request_target` runs on the base branch: what it is about is the pull request all the same. */
function pullRequest(common: Known, fields: Fields, ref: string | undefined): Event {
  const inRef = ref === undefined ? undefined : PULL.exec(ref)?.[1];
  const number =
    fields.integer("number") ??
    fields.integer("pull_request.number") ??
    (inRef === undefined ? undefined : Number(inRef));
  if (number === undefined || number < 1) {
    throw new ReleaseError(
      "event",
      `${common.name} event: expected the number of a pull request, found none`,
      {
        hint: "give its payload with --event-file, or --ref refs/pull/NUMBER/merge",
      },
    );
  }
  const head = fields.text("pull_request.head.repo.full_name");
  const base = fields.text("pull_request.base.repo.full_name") ?? fields.text("repository.full_name");
  // The repository of a fork that was deleted is null.
  const gone = fields.has("pull_request.head") && !fields.has("pull_request.head.repo");
  return {
    ...common,
    ...known<{ headRevision: string }>({
      headRevision: commitOf(fields.text("pull_request.head.sha"), "pull_request.head.sha"),
    }),
    kind: "pull-request",
    ref: `refs/pull/${number}/merge`,
    number,
    fork: gone || (head !== undefined && base !== undefined && head !== base),
    closed: fields.text("pull_request.state") === "closed",
  };
}

function repositoryOf(
  env: Env,
  fields: Fields,
  name: string,
  ref: string | undefined,
  source: Source | undefined,
): Event["repository"] {
  const path = env["GITHUB_REPOSITORY"];
  const address =
    path === undefined ? undefined : `${env["GITHUB_SERVER_URL"] ?? "https://github.com"}/${path}`;
  const defaultBranch = fields.text("repository.default_branch");
  const implied = ON_DEFAULT_BRANCH.test(name) && ref !== undefined ? after(ref, "refs/heads/") : undefined;
  return known<Event["repository"]>({
    name: fields.text("repository.name") ?? path?.split("/").at(-1),
    description: fields.text("repository.description"),
    url: fields.text("repository.html_url") ?? address ?? source?.url,
    license: fields.text("repository.license.spdx_id"),
    defaultBranch: defaultBranch ?? implied ?? source?.defaultBranch,
  });
}

/** The commit's own time, where the payload lists the commit. */
function committedOf(payload: unknown, fields: Fields, revision: string | undefined): number | undefined {
  if (revision === undefined) return undefined;
  if (fields.text("head_commit.id") === revision) return secondsOf(fields.text("head_commit.timestamp"));
  const { commits } = (payload ?? {}) as { readonly commits?: unknown };
  const own: unknown = Array.isArray(commits)
    ? commits.find((commit: { readonly id?: unknown } | null) => commit?.id === revision)
    : undefined;
  return own === undefined ? undefined : secondsOf(fieldsOf(own, "commits").text("timestamp"));
}

function refOf(ref: string | undefined): string | undefined {
  if (ref === undefined || ref === "") return undefined;
  if (/^refs\/[^/]+\/./.test(ref)) return ref;
  throw new ReleaseError("event", `ref: expected a full one, found ${JSON.stringify(ref.slice(0, 200))}`, {
    hint: `write refs/heads/${ref} for a branch, refs/tags/${ref} for a tag`,
  });
}

function after(ref: string, start: string): string | undefined {
  return ref.startsWith(start) ? ref.slice(start.length) : undefined;
}

function unknownEvent(name: string): ReleaseError {
  return name === ""
    ? new ReleaseError("event", "event: expected a name, found none", {
        hint: "give --event-name, or set GITHUB_EVENT_NAME",
      })
    : new ReleaseError("event", `event: ${JSON.stringify(name.slice(0, 100))} is not known`, {
        hint: "give it as GitHub names it: push, pull_request, schedule, workflow_dispatch, …",
      });
}
