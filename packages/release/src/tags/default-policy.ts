import { ReleaseError } from "../error.ts";
import type {
  BranchPush,
  Event,
  ManualRun,
  OtherEvent,
  PullRequest,
  ScheduledRun,
  TagPush,
} from "./event.ts";
import { MAX_TAG, isReserved, legalTag, tagOfName } from "./normalise.ts";
import type { PlannedTag, TagPlan } from "./plan.ts";
import { parseVersion } from "./version.ts";

/**
 * Who moves `latest`: pushes to the default branch, or the newest stable release, or nobody.
 */
export type LatestPolicy = "default-branch" | "stable" | false;

const SHORT = 7;

/**
 * The tags of an event where no rules are given:
 *
 * | event | tags |
 * | --- | --- |
 * | push to the default branch | `main-<sha>`, `main`, `latest` |
 * | push to another branch, schedule, dispatch | `<branch>-<sha>`, `<branch>` |
 * | git tag `v1.2.3` or `1.2.3` | `v1.2.3`, `1.2.3`, `1.2`, `1` (no `0`) |
 * | pre-release | `v2.0.0-rc.1`, `2.0.0-rc.1` |
 * | any other git tag | its name |
 * | pull request | `pr-<n>` |
 * | anything else | `<branch>-<sha>`, `detached-<sha>` |
 * | changed files | `<branch>-<sha>-dirty` alone |
 *
 * @throws ReleaseError `event` where there is no commit to name; `source` where a git tag is to be released from
 * changed files
 */
export function planDefault(event: Event, latest: LatestPolicy = "default-branch"): TagPlan {
  switch (event.kind) {
    case "pull-request":
      return pullRequest(event);
    case "tag":
      return tagPush(event, latest);
    case "other":
      return event.revision === undefined ? nothingKnown() : oneCommit(event, event.revision);
    case "branch":
    case "schedule":
    case "manual":
      return onBranch(event, latest);
  }
}

function planOf(
  event: Event,
  moves: readonly PlannedTag[],
  more: { readonly version?: string; readonly release?: string; readonly warnings?: readonly string[] } = {},
): TagPlan {
  return {
    version: more.version ?? moves[0]!.tag,
    tags: moves.map(({ tag }) => tag),
    moves,
    ...(event.revision === undefined ? {} : { revision: event.revision }),
    ...(more.release === undefined ? {} : { release: more.release }),
    warnings: more.warnings ?? [],
  };
}

function pullRequest(event: PullRequest): TagPlan {
  return planOf(event, [{ tag: `pr-${event.number}`, kind: "pull-request" }]);
}

function nothingKnown(): TagPlan {
  return { version: "dev", tags: ["dev"], moves: [{ tag: "dev", kind: "scratch" }], warnings: [] };
}

function oneCommit(event: OtherEvent, revision: string): TagPlan {
  const { branch, tag } = event;
  const name = tagOrBranch(branch ?? tag ?? "detached", branch === undefined ? "tag" : "branch");
  return planOf(event, [commitTag(name ?? "branch", revision, event.dirty)]);
}

function onBranch(event: BranchPush | ScheduledRun | ManualRun, latest: LatestPolicy): TagPlan {
  const { branch, revision, dirty, repository } = event;
  if (revision === undefined) throw noCommit(event);
  const name = tagOrBranch(branch, "branch");
  const commit = commitTag(name ?? "branch", revision, dirty);
  if (dirty)
    return planOf(event, [commit], { warnings: ["files differ from the commit: no other tag is made"] });
  if (name === undefined) {
    const warning = `branch ${JSON.stringify(branch)} has no letter or digit that a tag may have: it gets no tag of its own`;
    return planOf(event, [commit], { warnings: [warning] });
  }
  const prefix = commit.tag.slice(0, -SHORT);
  // A name that had to be cut may be the start of another branch's as well: its commits would not be ours alone.
  const series = prefix === `${name}-` ? ({ series: { of: "commits", prefix } } as const) : {};
  const moves: PlannedTag[] = [commit, { tag: name, kind: "branch", ...series }];
  if (latest === "default-branch" && event.kind === "branch" && branch === repository.defaultBranch) {
    moves.push({ tag: "latest", kind: "branch", ...series });
  }
  return planOf(event, moves);
}

function commitTag(name: string, revision: string, dirty: boolean): PlannedTag {
  const suffix = `-${revision.slice(0, SHORT)}${dirty ? "-dirty" : ""}`;
  const start = name.slice(0, MAX_TAG - suffix.length).replace(/[.-]+$/, "");
  return { tag: start + suffix, kind: dirty ? "scratch" : "commit" };
}

function tagPush(event: TagPush, latest: LatestPolicy): TagPlan {
  const { tag, dirty, revision } = event;
  if (revision === undefined) throw noCommit(event);
  if (dirty) {
    throw new ReleaseError("source", `git tag ${tag}: files differ from the commit it names`, {
      hint: "commit the changes and tag that commit, or put them away",
    });
  }
  const version = parseVersion(tag);
  if (version === undefined) return namedTag(event, revision);
  const full = legalTag(version.version.toLowerCase())!;
  const moves: PlannedTag[] = [
    { tag: legalTag(`v${full}`)!, kind: "release" },
    { tag: full, kind: "release" },
  ];
  if (version.prerelease.length === 0) {
    const { major, minor } = version;
    moves.push(seriesTag([major, minor]));
    // Semver 4: below 1.0.0 anything may change at any time, so `0` would promise nothing.
    if (major > 0) moves.push(seriesTag([major]));
    if (latest === "stable") moves.push({ ...seriesTag([]), tag: "latest" });
  }
  return planOf(event, moves, { version: full, release: full });
}

function seriesTag(numbers: readonly number[]): PlannedTag {
  const series = { of: "versions", numbers, prefix: "", suffix: "" } as const;
  return { tag: numbers.join("."), kind: "version", series };
}

/** A git tag that is no version. One that ends in a version (`app/v1.2.3`) is a release of something; others may move. */
function namedTag(event: TagPush, revision: string): TagPlan {
  const name = tagOrBranch(event.tag, "tag");
  if (name === undefined) {
    const warning = `git tag ${JSON.stringify(event.tag)} has no letter or digit that a tag may have`;
    return planOf(event, [commitTag("tag", revision, false)], { warnings: [warning] });
  }
  const version = /(?:^|[^0-9.])v?(\d+\.\d+\.\d+[^/]*)$/.exec(event.tag)?.[1];
  const isRelease = version !== undefined && parseVersion(version) !== undefined;
  return planOf(event, [{ tag: name, kind: isRelease ? "release" : "branch" }]);
}

/** A name must not pass for something else: a branch `1.2` is no series of versions, a branch `latest` not the latest. */
function tagOrBranch(name: string, what: "branch" | "tag"): string | undefined {
  const tag = tagOfName(name);
  if (tag === undefined || !isReserved(tag)) return tag;
  const named = legalTag(`${what}-${tag}`)!;
  return isReserved(named) ? legalTag(`${named}-tip`) : named;
}

function noCommit({ name }: Event): ReleaseError {
  return new ReleaseError("event", `${name} event: expected a commit id, found none`, {
    hint: "give --sha, or run it where the repository is checked out",
  });
}
