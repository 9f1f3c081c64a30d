import { describe, expect, it } from "vitest";
import type { Source } from "../../source.ts";
import { checkSource, readEvent } from "./read.ts";

const SHA = "860c1904a1ce19322e91ac35af1ab07466440c37";
const OTHER = "5f3331d7f7044c18ca9f12c77d961c4d7cf3276a";
const NO_GIT: Source = { dirty: true };

const github = (name: string, ref: string | undefined, more: Record<string, string> = {}) => ({
  GITHUB_ACTIONS: "true",
  GITHUB_EVENT_NAME: name,
  GITHUB_SHA: SHA,
  GITHUB_REPOSITORY: "Acme/Hello",
  ...(ref === undefined ? {} : { GITHUB_REF: ref }),
  ...more,
});

const payload = (document: unknown) => ({ payload: JSON.stringify(document), payloadName: "event.json" });
const HELLO = {
  repository: {
    name: "Hello",
    full_name: "Acme/Hello",
    description: "Says hello",
    html_url: "https://github.com/Acme/Hello",
    default_branch: "main",
    license: { spdx_id: "MIT" },
  },
};

describe("readEvent on GitHub", () => {
  it("reads a push with what the payload says of commit and repository", () => {
    const document = { ...HELLO, head_commit: { id: SHA, timestamp: "2024-05-01T10:00:00+02:00" } };
    const event = readEvent(payload(document), github("push", "refs/heads/main"), NO_GIT);
    expect(event).toMatchObject({
      kind: "branch",
      branch: "main",
      revision: SHA,
      committed: Date.parse("2024-05-01T08:00:00Z") / 1000,
      repository: {
        name: "Hello",
        description: "Says hello",
        url: "https://github.com/Acme/Hello",
        license: "MIT",
        defaultBranch: "main",
      },
    });
  });

  it("finds the commit's time among several commits, and only its own", () => {
    const commits = [
      null,
      { id: OTHER, timestamp: "2020-01-01T00:00:00Z" },
      { id: SHA, timestamp: "2021-01-01T00:00:00Z" },
    ];
    const event = readEvent(payload({ commits }), github("push", "refs/heads/main"), NO_GIT);
    expect(event.committed).toBe(Date.parse("2021-01-01T00:00:00Z") / 1000);
    const foreign = { head_commit: { id: OTHER, timestamp: "2020-01-01T00:00:00Z" } };
    expect(readEvent(payload(foreign), github("push", "refs/heads/main"), NO_GIT).committed).toBeUndefined();
  });

  it.each([
    ["push", "refs/tags/v1.0.0", { kind: "tag", tag: "v1.0.0" }],
    ["release", "refs/tags/v1.0.0", { kind: "tag", tag: "v1.0.0" }],
    ["workflow_dispatch", "refs/tags/v1.0.0", { kind: "tag", tag: "v1.0.0" }],
    ["workflow_dispatch", "refs/heads/feature/x", { kind: "manual", branch: "feature/x" }],
    ["repository_dispatch", "refs/heads/main", { kind: "manual", branch: "main" }],
    ["schedule", "refs/heads/main", { kind: "schedule", branch: "main" }],
    ["create", "refs/heads/dev", { kind: "other", branch: "dev" }],
    ["merge_group", "refs/heads/gh-readonly-queue/main/pr-7", { kind: "other" }],
    ["issue_comment", "refs/heads/main", { kind: "other", branch: "main" }],
  ])("reads %s on %s", (name, ref, expected) => {
    expect(readEvent({}, github(name, ref), NO_GIT)).toMatchObject(expected);
  });

  it("takes pull_request_target, which runs on the base branch, for the pull request", () => {
    const event = readEvent(
      payload({ ...HELLO, number: 7 }),
      github("pull_request_target", "refs/heads/main"),
      NO_GIT,
    );
    expect(event).toMatchObject({ kind: "pull-request", number: 7, ref: "refs/pull/7/merge" });
  });

  it.each([
    [{ repo: { full_name: "someone/Hello" }, sha: OTHER }, true],
    [{ repo: { full_name: "Acme/Hello" }, sha: OTHER }, false],
    [{ repo: null, sha: OTHER }, true],
  ])("tells a pull request of a fork, %#", (head, fork) => {
    const pull_request = { head, base: { ref: "main", repo: { full_name: "Acme/Hello" } } };
    const event = readEvent(
      payload({ ...HELLO, number: 7, pull_request }),
      github("pull_request", "refs/pull/7/merge"),
      NO_GIT,
    );
    expect(event).toMatchObject({ fork, baseRef: "main", headRevision: OTHER });
  });

  it("knows the default branch of a schedule, whose payload does not say it", () => {
    const event = readEvent(
      payload({ schedule: "0 3 * * *" }),
      github("schedule", "refs/heads/trunk"),
      NO_GIT,
    );
    expect(event.repository.defaultBranch).toBe("trunk");
    expect(
      readEvent({}, github("create", "refs/heads/dev"), NO_GIT).repository.defaultBranch,
    ).toBeUndefined();
  });

  it("lets flags go before the environment", () => {
    const flags = { ref: "refs/tags/v2.0.0", sha: OTHER, repository: "acme/other", defaultBranch: "trunk" };
    expect(readEvent(flags, github("push", "refs/heads/main"), NO_GIT)).toMatchObject({
      kind: "tag",
      revision: OTHER,
      repository: { name: "other", defaultBranch: "trunk" },
    });
  });
});

describe("readEvent on GitLab", () => {
  const gitlab = (more: Record<string, string>) => ({
    GITLAB_CI: "true",
    CI_COMMIT_SHA: SHA,
    CI_DEFAULT_BRANCH: "main",
    CI_PROJECT_NAME: "hello",
    CI_PROJECT_URL: "https://gitlab.com/acme/hello",
    CI_COMMIT_TIMESTAMP: "2024-05-01T10:00:00+02:00",
    ...more,
  });

  it.each([
    [
      { CI_PIPELINE_SOURCE: "push", CI_COMMIT_BRANCH: "main" },
      { kind: "branch", branch: "main" },
    ],
    [
      { CI_PIPELINE_SOURCE: "push", CI_COMMIT_TAG: "v1.0.0" },
      { kind: "tag", tag: "v1.0.0" },
    ],
    [
      { CI_PIPELINE_SOURCE: "schedule", CI_COMMIT_BRANCH: "main" },
      { kind: "schedule", branch: "main" },
    ],
    [
      { CI_PIPELINE_SOURCE: "web", CI_COMMIT_BRANCH: "dev" },
      { kind: "manual", branch: "dev" },
    ],
    [
      { CI_PIPELINE_SOURCE: "external", CI_COMMIT_BRANCH: "dev" },
      { kind: "other", branch: "dev" },
    ],
    [
      {
        CI_PIPELINE_SOURCE: "merge_request_event",
        CI_MERGE_REQUEST_IID: "12",
        CI_MERGE_REQUEST_SOURCE_PROJECT_ID: "1",
        CI_MERGE_REQUEST_PROJECT_ID: "2",
        CI_MERGE_REQUEST_TARGET_BRANCH_NAME: "main",
      },
      { kind: "pull-request", number: 12, fork: true, baseRef: "main" },
    ],
  ])("reads %j", (variables, expected) => {
    expect(readEvent({}, gitlab(variables as Record<string, string>), NO_GIT)).toMatchObject({
      ...expected,
      revision: SHA,
      committed: Date.parse("2024-05-01T08:00:00Z") / 1000,
      repository: { name: "hello", defaultBranch: "main", url: "https://gitlab.com/acme/hello" },
    });
  });

  it("names what is missing", () => {
    expect(() => readEvent({}, gitlab({ CI_PIPELINE_SOURCE: "push" }), NO_GIT)).toThrow(
      "GitLab: push names neither CI_COMMIT_BRANCH nor CI_COMMIT_TAG",
    );
    expect(() => readEvent({}, gitlab({ CI_PIPELINE_SOURCE: "merge_request_event" }), NO_GIT)).toThrow(
      'CI_MERGE_REQUEST_IID: expected a number, found ""',
    );
  });
});

describe("readEvent without CI", () => {
  const source: Source = { revision: SHA, branch: "main", defaultBranch: "main", dirty: false };

  it("takes a branch for pushed, and a git tag on a detached head", () => {
    expect(readEvent({}, {}, source)).toMatchObject({ kind: "branch", branch: "main", name: "git" });
    expect(readEvent({}, {}, { revision: SHA, tag: "v1.0.0", dirty: false })).toMatchObject({
      kind: "tag",
      tag: "v1.0.0",
    });
  });

  it.each<[string, Source]>([
    ["a detached head", { revision: SHA, dirty: false }],
    ["a git tag with changed files", { revision: SHA, tag: "v1.0.0", dirty: true }],
    ["no repository", NO_GIT],
  ])("knows no more than the commit for %s", (_, where) => {
    expect(readEvent({}, {}, where).kind).toBe("other");
  });

  it("works without a remote", () => {
    expect(readEvent({}, {}, { revision: SHA, branch: "main", dirty: false }).repository).toEqual({});
  });

  it("takes a ref alone for a push of it, with the commit that is checked out", () => {
    expect(readEvent({ ref: "refs/heads/dev" }, {}, source)).toMatchObject({
      kind: "branch",
      branch: "dev",
      revision: SHA,
    });
  });
});

describe("bad events get one error that says where", () => {
  it.each([
    ["an unknown event", {}, github("pusch", "refs/heads/main"), 'event: "pusch" is not known'],
    ["no event", {}, { GITHUB_ACTIONS: "true" }, "event: expected a name, found none"],
    ["a push without ref", {}, github("push", undefined), "push event: expected a ref, found none"],
    ["a short ref", { ref: "main" }, {}, 'ref: expected a full one, found "main"'],
    [
      "a payload that is no JSON",
      { payload: "{", payloadName: "event.json" },
      github("push", "refs/heads/main"),
      "event.json: expected JSON",
    ],
    [
      "a payload that is a list",
      payload([]),
      github("push", "refs/heads/main"),
      "event.json: expected an object, found a list",
    ],
    [
      "a null payload",
      { payload: "null", payloadName: "e" },
      github("pull_request", "refs/heads/x"),
      "expected the number of a pull request",
    ],
    [
      "a wrong type in the payload",
      payload({ repository: { default_branch: 5 } }),
      github("push", "refs/heads/main"),
      "event.json: repository.default_branch: expected a string, found a number",
    ],
    [
      "a wrong type on the way",
      payload({ repository: "hello" }),
      github("push", "refs/heads/main"),
      "event.json: repository: expected an object, found a string",
    ],
    [
      "a pull request without number",
      {},
      github("pull_request", undefined),
      "expected the number of a pull request, found none",
    ],
    [
      "a commit that is none",
      { ref: "refs/heads/main", sha: "--upload-pack=x" },
      {},
      'GITHUB_SHA: expected a full commit id, found "--upload-pack=x"',
    ],
    [
      "a deleted branch",
      payload({ deleted: true }),
      github("push", "refs/heads/main"),
      "refs/heads/main was deleted",
    ],
    [
      "a deleted branch by its commit",
      {},
      github("push", "refs/heads/main", { GITHUB_SHA: "0".repeat(40) }),
      "was deleted",
    ],
  ])("%s", (_, flags, env, message) => {
    expect(() => readEvent(flags, env, NO_GIT)).toThrow(
      expect.objectContaining({ code: "event", message: expect.stringContaining(message) as unknown }),
    );
  });

  it("refuses to name one commit after another", () => {
    const event = readEvent({}, github("push", "refs/heads/main"), NO_GIT);
    expect(() => checkSource(event, { revision: OTHER, dirty: false })).toThrow(
      "push event: it is about commit 860c1904a1ce, checked out is 5f3331d7f704",
    );
    checkSource(event, { revision: SHA, dirty: false });
    checkSource(event, NO_GIT);
    const pull_request = { head: { sha: OTHER } };
    const pull = readEvent(
      payload({ number: 1, pull_request }),
      github("pull_request", "refs/pull/1/merge"),
      NO_GIT,
    );
    checkSource(pull, { revision: OTHER, dirty: false });
  });
});
