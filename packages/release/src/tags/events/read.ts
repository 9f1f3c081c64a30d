import { ReleaseError } from "../../error.ts";
import type { Source } from "../../source.ts";
import type { Event, PullRequest } from "../event.ts";
import { type Env, commitOf } from "./fields.ts";
import { eventFromGit } from "./git.ts";
import { eventFromGitHub } from "./github.ts";
import { eventFromGitLab } from "./gitlab.ts";

/** What was said on the command line; each goes before what the environment says. */
export interface EventFlags {
  readonly eventName?: string;
  /** Content of the event file as text. */
  readonly payload?: string;
  /** What messages call it. */
  readonly payloadName?: string;
  readonly ref?: string;
  readonly sha?: string;
  /** `owner/name`. */
  readonly repository?: string;
  readonly defaultBranch?: string;
}

/**
 * The event of this run: from flags where they say one, else GitHub's or GitLab's environment, else plain git.
 * @throws ReleaseError `event`
 */
export function readEvent(flags: EventFlags, env: Env, source: Source): Event {
  const event = applied(read(flags, env, source), flags);
  if (flags.defaultBranch === undefined) return event;
  return { ...event, repository: { ...event.repository, defaultBranch: flags.defaultBranch } };
}

function read(flags: EventFlags, env: Env, source: Source): Event {
  const { eventName, payload, payloadName, ref, sha, repository } = flags;
  const said = eventName !== undefined || payload !== undefined || ref !== undefined;
  const onGitHub = env["GITHUB_ACTIONS"] === "true";
  if (!said && !onGitHub) {
    return env["GITLAB_CI"] === "true" ? eventFromGitLab(env, source) : eventFromGit(source);
  }
  const base: Env = onGitHub ? env : {};
  // A ref alone reads as a push of it.
  const name = eventName ?? (onGitHub ? base["GITHUB_EVENT_NAME"] : "push");
  // What is checked out here says nothing about a commit or a repository that was named.
  const foreign = (sha !== undefined && sha !== source.revision) || repository !== undefined;
  return eventFromGitHub({
    env: {
      ...base,
      GITHUB_EVENT_NAME: name,
      ...(ref === undefined ? {} : { GITHUB_REF: ref }),
      ...(sha === undefined ? {} : { GITHUB_SHA: sha }),
      ...(repository === undefined ? {} : { GITHUB_REPOSITORY: repository }),
    },
    ...(payload === undefined ? {} : { payload: parsePayload(payload, payloadName ?? "event payload") }),
    ...(payloadName === undefined ? {} : { payloadName }),
    ...(foreign ? {} : { source }),
  });
}

/** For events that the environment told, a flag still has the last word. */
function applied(event: Event, { sha, repository }: EventFlags): Event {
  const revision = commitOf(sha, "--sha") ?? event.revision;
  const name = repository?.split("/").at(-1);
  return {
    ...event,
    ...(revision === undefined ? {} : { revision }),
    repository: { ...event.repository, ...(name === undefined ? {} : { name }) },
  };
}

function parsePayload(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    // The rest of the parser's message may show what is in the payload.
    const [at] = /at position .*$/.exec((cause as Error).message) ?? [];
    const found = at === undefined ? "something else" : `a fault ${at}`;
    throw new ReleaseError("event", `${where}: expected JSON, found ${found}`, {
      cause,
      hint: "give the event's payload as the CI wrote it",
    });
  }
}

/**
 * A name that says a commit must hold that commit.
 * @throws ReleaseError `event` where a closed pull request leaves nothing to release; `source` where the event is about
 * another commit than the one checked out
 */
export function checkSource(event: Event, { revision }: Source): void {
  if (event.kind === "pull-request" && event.closed) throw closed(event);
  const wanted = wantedOf(event);
  if (revision === undefined || wanted.length === 0 || wanted.includes(revision)) return;
  const about = wanted.map((commit) => commit.slice(0, 12)).join(" or ");
  throw new ReleaseError(
    "source",
    `${event.name} event: it is about commit ${about}, checked out is ${revision.slice(0, 12)}`,
    { hint: "check out the commit of the event, or say what is released with --ref and --sha" },
  );
}

/** Of a pull request its tip, or the merge that the CI made. GitHub's `pull_request_target` makes none: it names the base. */
function wantedOf(event: Event): readonly string[] {
  const { name, revision } = event;
  const head = event.kind === "pull-request" ? event.headRevision : undefined;
  const named = name === "pull_request_target" && head !== undefined ? undefined : revision;
  return [named, head].filter((commit) => commit !== undefined);
}

function closed({ name, number }: PullRequest): ReleaseError {
  return new ReleaseError(
    "event",
    `${name} event: pull request ${number} is closed, there is nothing to release`,
    { hint: 'release on the push that a merge makes, and leave "closed" out of the types of the event' },
  );
}
