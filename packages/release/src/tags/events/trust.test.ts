import { describe, expect, it } from "vitest";
import type { Event } from "../event.ts";
import { mayPush } from "./trust.ts";

const about = (name: string, actor?: string) => ({
  name,
  dirty: false,
  repository: {},
  ...(actor === undefined ? {} : { actor }),
});
const pull = (name: string, fork: boolean, actor?: string): Event => ({
  ...about(name, actor),
  kind: "pull-request",
  number: 7,
  fork,
  closed: false,
});
const branch = (name: string, actor?: string): Event => ({
  ...about(name, actor),
  kind: "branch",
  branch: "main",
});

const BOT = "dependabot[bot]";

describe("mayPush", () => {
  it.each<[string, Event]>([
    ["a push", branch("push", "ann")],
    ["a push that nobody is named for", branch("push")],
    ["plain git", branch("git")],
    ["a git tag", { ...about("push", "ann"), kind: "tag", tag: "v1.0.0" }],
    ["a pull request of the repository's own", pull("pull_request", false, "ann")],
    ["its pull_request_target", pull("pull_request_target", false, "ann")],
    ["a pull request of Dependabot that somebody went on with", pull("pull_request", false, "ann")],
    ["a schedule, whoever changed it last", { ...about("schedule", BOT), kind: "schedule", branch: "main" }],
    ["a dispatch by Dependabot", { ...about("workflow_dispatch", BOT), kind: "manual", branch: "main" }],
    ["a merge queue", { ...about("merge_group", "github-merge-queue[bot]"), kind: "other", branch: "q" }],
    ["another bot", branch("push", "renovate[bot]")],
    ["a user whose name only looks like it", branch("push", "dependabot")],
  ])("lets %s push", (_, event) => expect(mayPush(event)).toEqual({ push: true }));

  it.each(["pull_request", "pull_request_target", "pull_request_review", "merge_request_event", "git"])(
    "P23: lets no fork push, on %s",
    (name) => {
      expect(mayPush(pull(name, true, "ann"))).toEqual({
        push: false,
        reason: "pull request 7 comes from a fork",
      });
    },
  );

  const own = (name: string): Event => ({
    ...about(name, BOT),
    kind: "branch",
    branch: "dependabot/npm_and_yarn/hono-4",
  });

  it.each<Event>([
    own("push"),
    { ...own("create"), kind: "other" },
    pull("pull_request", false, BOT),
    pull("pull_request_target", false, BOT),
    pull("pull_request_review", false, BOT),
    pull("pull_request_review_comment", false, BOT),
  ])("P23, fault 21: lets nothing that Dependabot proposes push, $name $kind", (event) => {
    expect(mayPush(event)).toEqual({
      push: false,
      reason: "Dependabot proposes this, and nobody has let it in yet",
    });
  });

  it.each<Event>([branch("push", BOT), { ...about("push", BOT), kind: "tag", tag: "v1.0.0" }])(
    "releases what it was told to merge, $name $kind",
    (event) => expect(mayPush(event)).toEqual({ push: true }),
  );
});
