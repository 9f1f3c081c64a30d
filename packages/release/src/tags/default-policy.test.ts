import { describe, expect, it } from "vitest";
import type { Source } from "../source.ts";
import { type LatestPolicy, planDefault } from "./default-policy.ts";
import { readEvent } from "./events/read.ts";
import { isReserved, legalName, legalTag } from "./normalise.ts";
import { planTags } from "./policy.ts";

const SHA = "4b35282aa0f7c0d3b0e6b1f4f8c5f1c7d2e3a4b5";
const OWN = "4b35282";
const LEGAL = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const NO_GIT: Source = { dirty: true };

function eventOf(name: string, ref: string, { owner = "acme", fork = false } = {}) {
  const number = /pull\/(\d+)/.exec(ref)?.[1];
  const document = {
    repository: { name: "Hello", full_name: `${owner}/Hello`, default_branch: "main" },
    ...(number === undefined ? {} : { number: Number(number) }),
    ...(number === undefined
      ? {}
      : { pull_request: { head: { repo: { full_name: fork ? "x/y" : `${owner}/Hello` } } } }),
  };
  return readEvent(
    { payload: JSON.stringify(document) },
    {
      GITHUB_ACTIONS: "true",
      GITHUB_EVENT_NAME: name,
      GITHUB_REF: ref,
      GITHUB_SHA: SHA,
      GITHUB_REPOSITORY: `${owner}/Hello`,
    },
    NO_GIT,
  );
}

const tags = (name: string, ref: string, latest?: LatestPolicy) =>
  planDefault(eventOf(name, ref), latest).tags;

describe("planDefault follows the plan's table; a version has both of its names (fault 7)", () => {
  it.each([
    ["push", "refs/heads/main", [`main-${OWN}`, "main", "latest"]],
    ["push", "refs/heads/develop", [`develop-${OWN}`, "develop"]],
    ["push", "refs/heads/feature/Login", [`feature-login-${OWN}`, "feature-login"]],
    ["push", "refs/tags/v1.2.3", ["v1.2.3", "1.2.3", "1.2", "1"]],
    ["push", "refs/tags/1.2.3", ["v1.2.3", "1.2.3", "1.2", "1"]],
    ["push", "refs/tags/v1.2.3+build.7", ["v1.2.3", "1.2.3", "1.2", "1"]],
    ["push", "refs/tags/v2.0.0-rc.1", ["v2.0.0-rc.1", "2.0.0-rc.1"]],
    ["push", "refs/tags/v0.3.1", ["v0.3.1", "0.3.1", "0.3"]],
    ["push", "refs/tags/app/v1.0.0", ["app-v1.0.0"]],
    ["pull_request", "refs/pull/7/merge", ["pr-7"]],
    ["schedule", "refs/heads/main", [`main-${OWN}`, "main"]],
    ["workflow_dispatch", "refs/heads/main", [`main-${OWN}`, "main"]],
    ["workflow_dispatch", "refs/tags/v1.2.3", ["v1.2.3", "1.2.3", "1.2", "1"]],
    ["create", "refs/heads/dev", [`dev-${OWN}`]],
  ])("%s on %s", (name, ref, expected) => {
    expect(tags(name, ref)).toEqual(expected);
  });

  it.each<[string, LatestPolicy, boolean]>([
    ["refs/heads/main", "default-branch", true],
    ["refs/heads/main", "stable", false],
    ["refs/heads/main", false, false],
    ["refs/heads/develop", "default-branch", false],
    ["refs/tags/v1.2.3", "default-branch", false],
    ["refs/tags/v1.2.3", "stable", true],
    ["refs/tags/v1.2.3", false, false],
    ["refs/tags/v1.2.3-rc.1", "stable", false],
    ["refs/tags/sometag", "stable", false],
  ])("push of %s with latest: %s", (ref, latest, moves) => {
    expect(tags("push", ref, latest).includes("latest")).toBe(moves);
  });

  it("calls a release by its version and a branch by its commit", () => {
    expect(planDefault(eventOf("push", "refs/tags/v1.2.3")).version).toBe("1.2.3");
    expect(planDefault(eventOf("push", "refs/heads/main")).version).toBe(`main-${OWN}`);
  });

  it.each([
    ["refs/heads/latest", ["branch-latest"]],
    ["refs/heads/1.2", ["branch-1.2"]],
    ["refs/heads/1.2.3", ["branch-1.2.3"]],
    ["refs/heads/v1.2.3", ["branch-v1.2.3"]],
    ["refs/heads/pr-5", ["branch-pr-5"]],
    ["refs/heads/main-4b35282", ["branch-main-4b35282-tip"]],
    [`refs/heads/sha256-${"a".repeat(64)}`, [`branch-sha256-${"a".repeat(64)}`]],
  ])("lets no branch pass for something else: %s", (ref, [name]) => {
    const plan = planDefault(eventOf("push", ref));
    expect(plan.tags).toEqual([`${name}-${OWN}`, name]);
    expect(plan.tags.some((tag) => tag !== `${name}-${OWN}` && isReserved(tag))).toBe(false);
  });

  it("lets no git tag pass for a series of versions or for latest", () => {
    expect(tags("push", "refs/tags/1.2")).toEqual(["tag-1.2"]);
    expect(tags("push", "refs/tags/latest")).toEqual(["tag-latest"]);
  });

  it("gives changed files a name that says so, and releases no git tag from them", () => {
    const event = { ...eventOf("push", "refs/heads/main"), dirty: true };
    expect(planDefault(event).tags).toEqual([`main-${OWN}-dirty`]);
    expect(planTags(event, { rules: "latest", now: 0 }).tags).toEqual([`main-${OWN}-dirty`]);
    expect(() => planDefault({ ...eventOf("push", "refs/tags/v1.0.0"), dirty: true })).toThrow(
      "git tag v1.0.0: files differ from the commit it names",
    );
  });

  it("needs a commit to name", () => {
    const event = readEvent({ ref: "refs/heads/main" }, {}, NO_GIT);
    expect(() => planDefault(event)).toThrow("push event: expected a commit id, found none");
  });

  it("names a detached head and a folder without git", () => {
    expect(planDefault(readEvent({}, {}, { revision: SHA, dirty: false })).tags).toEqual([`detached-${OWN}`]);
    expect(planDefault(readEvent({}, {}, NO_GIT)).tags).toEqual(["dev"]);
  });
});

describe("every event gives legal tags and nothing but them (P22, P24)", () => {
  const names = [
    "push",
    "pull_request",
    "pull_request_target",
    "schedule",
    "workflow_dispatch",
    "create",
    "release",
  ];
  const refs = [
    ...["main", "feature/x", "Feature/ÄÖ", "日本語", ".hidden", "-x", "x".repeat(250), "1.x", "v1", "0"].map(
      (name) => `refs/heads/${name}`,
    ),
    ...["v1.2.3", "v0.1.0", "v1.0.0-RC.1", `v1.0.0-${"a".repeat(200)}`, "v1.0.0+b", "1.2.3.4", "日本"].map(
      (name) => `refs/tags/${name}`,
    ),
    "refs/pull/7/merge",
  ];
  const policies = [
    undefined,
    "",
    "type=sha,prefix={{branch}}-\ntype=ref,event=tag\ntype=raw,value={{tag}}-{{sha}}",
  ];
  const cases = names.flatMap((name) =>
    refs.flatMap((ref) =>
      ["acme", "ACME"].flatMap((owner) => [true, false].map((fork) => ({ name, ref, owner, fork }))),
    ),
  );

  it.each(policies)("rules %j", (rules) => {
    let checked = 0;
    for (const { name, ref, owner, fork } of cases) {
      if (name.startsWith("pull_request") && !ref.startsWith("refs/pull/")) continue;
      const event = eventOf(name, ref, { owner, fork });
      const plan = planTags(event, { now: 0, latest: "stable", ...(rules === undefined ? {} : { rules }) });
      for (const tag of plan.tags) expect(tag).toMatch(LEGAL);
      expect(new Set(plan.tags).size).toBe(plan.tags.length);
      expect(event.kind === "pull-request" && plan.tags.includes("latest")).toBe(false);
      checked += plan.tags.length;
    }
    expect(checked).toBeGreaterThan(200);
  });
});

describe("normalisation", () => {
  it.each([
    ["GHCR.io/Acme/App", "ghcr.io/acme/app"],
    ["ghcr.io/Acme/My App", "ghcr.io/acme/my-app"],
    ["Acme/My.Repo_-x-", "acme/my.repo-x"],
    ["LocalHost:5000/A__b", "localhost:5000/a__b"],
    [" a//b/ ", "a/b"],
  ])("fault 10: %s is the image %s everywhere", (name, expected) => {
    expect(legalName(name)).toBe(expected);
  });

  it("keeps a tag that is legal and cuts one that is too long without losing what sets it apart", () => {
    expect(legalTag("V1.2.3_x-y")).toBe("V1.2.3_x-y");
    const [one, two] = ["a", "b"].map((end) => legalTag("x".repeat(200) + end)!);
    expect(one).toHaveLength(128);
    expect(one).not.toBe(two);
    expect(legalTag("../..")).toBeUndefined();
  });
});
