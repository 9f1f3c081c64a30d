import { describe, expect, it } from "vitest";
import type { Event } from "../event.ts";
import { applyRules } from "./apply.ts";
import { parseFlavor, parseRules } from "./parse.ts";

const revision = "860c1904a1ce19322e91ac35af1ab07466440c37";
const NOW = Date.parse("2020-01-10T00:30:00.000Z");
const COMMITTED = Date.parse("2019-12-31T23:15:09Z") / 1000;

const repository = { name: "hello", defaultBranch: "master" };
const common = { dirty: false, revision, committed: COMMITTED, repository };
const onBranch = (branch: string): Event => ({
  ...common,
  name: "push",
  kind: "branch",
  ref: `refs/heads/${branch}`,
  branch,
});
const onTag = (tag: string, baseRef = "master"): Event => ({
  ...common,
  name: "push",
  kind: "tag",
  ref: `refs/tags/${tag}`,
  tag,
  baseRef,
});
const pull: Event = {
  ...common,
  name: "pull_request",
  kind: "pull-request",
  ref: "refs/pull/2/merge",
  number: 2,
  fork: false,
  closed: false,
  baseRef: "master",
};
const schedule: Event = {
  ...common,
  name: "schedule",
  kind: "schedule",
  ref: "refs/heads/master",
  branch: "master",
};

const plan = (event: Event, rules: string, flavor = "", shortLength = 7) =>
  applyRules(parseRules(rules).rules, parseFlavor(flavor), { event, now: NOW, shortLength });
const tags = (event: Event, rules: string, flavor = "") => plan(event, rules, flavor).tags;

describe("rules give what metadata-action's documentation says", () => {
  it.each([
    ["pull request", pull, ["pr-2"]],
    ["push to master", onBranch("master"), ["master"]],
    ["push to releases/v1", onBranch("releases/v1"), ["releases-v1"]],
    ["git tag", onTag("v1.2.3"), ["v1.2.3", "latest"]],
    ["schedule", schedule, ["nightly", "master"]],
  ])("without rules, on a %s", (_, event, expected) => {
    expect(tags(event, "")).toEqual(expected);
  });

  const SEMVER = [
    "type=ref,event=branch",
    "type=ref,event=pr",
    "type=semver,pattern={{version}}",
    "type=semver,pattern={{major}}.{{minor}}",
  ].join("\n");

  it.each([
    [pull, ["pr-2"]],
    [onBranch("master"), ["master"]],
    [onBranch("releases/v1"), ["releases-v1"]],
    [onTag("v1.2.3"), ["1.2.3", "1.2", "latest"]],
    [onTag("v2.0.8-beta.67"), ["2.0.8-beta.67"]],
  ])("for the usual rules of releases, event %#", (event, expected) => {
    expect(tags(event, SEMVER)).toEqual(expected);
  });

  it.each([
    ["v1.2.3", "{{raw}}", "", "v1.2.3"],
    ["v1.2.3", "{{ version }}", "", "1.2.3"],
    ["v1.2.3", "{{major}}.{{minor}}", "", "1.2"],
    ["v1.2.3", "v{{major}}", "", "v1"],
    ["v1.2.3", "{{minor}}", "", "2"],
    ["v1.2.3", "{{patch}}", "", "3"],
    ["v1.2.3+build.5", "{{version}}", "", "1.2.3"],
    ["p1/v1.2.3", "{{version}}", String.raw`,match=v(\d.\d.\d)$`, "1.2.3"],
    ["v2.0.8-beta.67", "{{raw}}", "", "v2.0.8-beta.67"],
    ["v2.0.8-beta.67", "{{major}}", "", "2.0.8-beta.67"],
    ["v2.0.8-beta.67", "{{major}}.{{minor}}", "", "2.0.8-beta.67"],
    ["v0.1.2", "{{major}}", "", "0"],
  ])("semver: %s with %s%s gives %s", (tag, pattern, more, expected) => {
    expect(plan(onTag(tag), `type=semver,pattern=${pattern}${more}`).version).toBe(expected);
  });

  it.each([
    ["1.2.3", "{{raw}}", "1.2.3"],
    ["v1.2.3", "{{version}}", "1.2.3"],
    ["1.2.3", "{{major}}.{{minor}}", "1.2"],
    ["1.2.3", "v{{major}}", "v1"],
    ["v1.2.3rc2", "{{raw}}", "v1.2.3rc2"],
    ["1.2.3rc2", "{{version}}", "1.2.3rc2"],
    ["1.2.3rc2", "{{major}}.{{minor}}", "1.2.3rc2"],
    ["1.2.3post1", "{{major}}.{{minor}}", "1.2.3.post1"],
    ["1.2.3beta2", "{{major}}.{{minor}}", "1.2.3b2"],
    ["1.0dev4", "{{major}}.{{minor}}", "1.0.dev4"],
    ["1.2", "{{major}}.{{minor}}.{{patch}}", "1.2.0"],
  ])("pep440: %s with %s gives %s", (tag, pattern, expected) => {
    expect(plan(onTag(tag), `type=pep440,pattern=${pattern}`).version).toBe(expected);
  });

  it.each([
    ["v1.2.3", String.raw`\d.\d.\d`, "0", "1.2.3"],
    ["v2.0.8-beta.67", "v(.*)", "1", "2.0.8-beta.67"],
    ["v2.0.8-beta.67", String.raw`v(\d.\d)`, "1", "2.0"],
    ["20200110-RC2", String.raw`\d+`, "0", "20200110"],
    ["p1/v1.2.3", String.raw`p1/v(\d.\d.\d)`, "1", "1.2.3"],
    ["V1.2.3", "/v(.*)/i", "1", "1.2.3"],
  ])("match: %s with %s, group %s, gives %s", (tag, pattern, group, expected) => {
    expect(plan(onTag(tag), `type=match,"pattern=${pattern}",group=${group}`).version).toBe(expected);
  });

  it.each([
    ["{{date 'YYYYMMDD'}}", "20200110"],
    ["{{date 'YYYYMMDD-HHmmss' tz='Asia/Tokyo'}}", "20200110-093000"],
    ["{{commit_date 'YYYYMMDD'}}", "20191231"],
    ["{{commit_date 'YYYYMMDD-HHmmss' tz='Asia/Tokyo'}}", "20200101-081509"],
    ["nightly", "nightly"],
  ])("schedule: %s gives %s", (pattern, expected) => {
    expect(plan(schedule, `type=schedule,pattern=${pattern}`).version).toBe(expected);
  });

  it("writes dates out in English", () => {
    const event = { ...schedule, committed: Date.parse("2020-01-10T15:25:50Z") / 1000 };
    const rule = `"type=schedule,pattern={{commit_date 'dddd, MMMM Do YYYY, h:mm:ss a'}}"`;
    const parsed = parseRules(`type=schedule,${rule.replace("type=schedule,", "")}`).rules;
    const { version } = applyRules(parsed, parseFlavor(""), { event, now: NOW, shortLength: 7 });
    expect(version).toBe("Friday-January-10th-2020-3-25-50-pm");
  });

  it("gives edge on the default branch or the one that is named", () => {
    expect(tags(onBranch("master"), "type=edge")).toEqual(["edge"]);
    expect(tags(onBranch("dev"), "type=edge")).toEqual([]);
    expect(tags(onBranch("dev"), "type=edge,branch=dev")).toEqual(["edge"]);
  });

  it("takes values without key or type", () => {
    expect(tags(onBranch("dev"), "type=raw,value=foo\ntype=raw,bar\nbaz # not a comment\n# comment")).toEqual(
      ["foo", "bar", "baz-not-a-comment"],
    );
  });

  it("shortens commits to seven digits, to more where that is said, or not at all", () => {
    expect(tags(pull, "type=sha")).toEqual(["sha-860c190"]);
    expect(tags(pull, "type=sha,format=long")).toEqual([`sha-${revision}`]);
    expect(plan(pull, "type=sha\ntype=raw,value=x-{{sha}}", "", 12).tags).toEqual([
      "x-860c1904a1ce",
      "sha-860c1904a1ce",
    ]);
  });

  it.each([
    ["{{branch}}", "", "my/branch", ""],
    ["{{tag}}", "", "", "v1.2.3"],
    ["{{base_ref}}", "master", "", "master"],
    ["{{is_default_branch}}", "false", "false", "false"],
  ])("expression %s by event", (expression, onPull, onMyBranch, onVersion) => {
    const value = (event: Event) =>
      tags(event, `type=raw,value=x${expression}`).map((tag) => tag.slice(1))[0];
    expect(value(pull)).toBe(onPull);
    expect(value(onBranch("my/branch"))).toBe(onMyBranch.replaceAll("/", "-"));
    expect(value(onTag("v1.2.3"))).toBe(onVersion);
  });

  it("orders by priority and names the version after the first", () => {
    const rules = "type=sha\ntype=raw,value=first,priority=2000\ntype=ref,event=branch";
    const { version, tags: all } = plan(onBranch("dev"), rules);
    expect(all).toEqual(["first", "dev", "sha-860c190"]);
    expect(version).toBe("first");
  });

  it.each([
    ["latest=true", ["dev", "latest"]],
    ["latest=false", ["dev"]],
    ["prefix=foo-,onlatest=true\nlatest=true", ["foo-dev", "foo-latest"]],
    ["prefix=foo-\nsuffix=-bar,onlatest=true\nlatest=true", ["foo-dev-bar", "latest-bar"]],
  ])("flavor %j", (flavor, expected) => {
    expect(tags(onBranch("dev"), "type=ref,event=branch", flavor)).toEqual(expected);
  });

  it("lets a rule's own prefix and suffix go before the flavor's", () => {
    const rules = "type=ref,event=branch,prefix=,suffix=-{{sha}}\ntype=sha";
    expect(tags(onBranch("dev"), rules, "prefix=foo-\nsuffix=-bar")).toEqual([
      "dev-860c190",
      "sha-860c190-bar",
    ]);
  });

  it("turns rules on and off by expression", () => {
    const rules =
      "type=raw,value=on,enable={{is_default_branch}}\ntype=raw,value=off,enable={{is_not_default_branch}}";
    expect(tags(onBranch("master"), rules)).toEqual(["on"]);
    expect(tags(onBranch("dev"), rules)).toEqual(["off"]);
    expect(tags(onTag("v1.0.0"), rules)).toEqual(["off"]);
  });

  it("keeps the case of what it names", () => {
    expect(tags(onBranch("Feature/Login"), "type=ref,event=branch")).toEqual(["Feature-Login"]);
  });
});

describe("rules are better than metadata-action where that gives an illegal tag or a wrong latest", () => {
  const PLAN = [
    "type=ref,event=branch",
    "type=ref,event=pr",
    "type=semver,pattern={{version}}",
    "type=semver,pattern={{major}}.{{minor}}",
    "type=semver,pattern={{major}}",
    "type=sha,prefix={{branch}}-",
    "type=raw,value=latest,enable={{is_default_branch}}",
  ].join("\n");

  it.each([
    [onBranch("master"), ["master", "latest", "master-860c190"]],
    [onBranch("develop"), ["develop", "develop-860c190"]],
    [onTag("v1.2.3"), ["1.2.3", "1.2", "1", "sha-860c190"]],
    [onTag("v1.2.3-rc.1"), ["1.2.3-rc.1", "sha-860c190"]],
    [pull, ["pr-2", "sha-860c190"]],
  ])("fault 5: no dash comes first where there is no branch, event %#", (event, expected) => {
    expect(tags(event, PLAN)).toEqual(expected);
  });

  it("fault 6: a rule that writes latest by name is the only one that does", () => {
    expect(tags(onTag("v1.2.3"), PLAN)).not.toContain("latest");
    expect(tags(onTag("v1.2.3"), PLAN.replace(/\n.*latest.*$/, ""))).toContain("latest");
  });

  it("fault 6: other events on other branches do not pass for the default branch", () => {
    for (const name of ["create", "issues", "discussion"]) {
      const event: Event = { ...common, name, kind: "other", ref: "refs/heads/dev", branch: "dev" };
      expect(tags(event, "type=raw,value=latest,enable={{is_default_branch}}")).toEqual([]);
    }
  });

  it("fault 6: every rule is asked for latest, not the first alone", () => {
    expect(tags(onTag("v1.2.3"), "type=sha,priority=2000\ntype=semver,pattern={{version}}")).toEqual([
      "sha-860c190",
      "1.2.3",
      "latest",
    ]);
  });

  it.each(["v2.0.8-beta.67", "20200110-RC2", "v1.2.3.4-rc1", "1.0dev4", "1.2.3.post1", "v1.0.0-RC.1"])(
    "fault 7b: the pre-release %s does not become latest by any rule",
    (tag) => {
      const rules = [
        "type=ref,event=tag",
        String.raw`type=match,pattern=\d+`,
        "type=semver,pattern={{version}}",
        "type=pep440,pattern={{version}}",
      ].join("\n");
      expect(tags(onTag(tag), rules)).not.toContain("latest");
    },
  );

  it("never lets a pull request move latest", () => {
    expect(tags(pull, "type=ref,event=pr\nlatest", "latest=true")).toEqual(["pr-2"]);
  });

  it.each([".hidden", "-dash", "--", "日本語", "x".repeat(300), "a..b", "feature/日本", "%%%"])(
    "gives legal tags or none for the branch %j",
    (branch) => {
      for (const tag of tags(onBranch(branch), `${PLAN}\ntype=raw,value={{branch}}`)) {
        expect(tag).toMatch(/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/);
      }
    },
  );

  it("keeps two long branches apart", () => {
    const long = "x".repeat(200);
    expect(tags(onBranch(`${long}a`), "")).not.toEqual(tags(onBranch(`${long}b`), ""));
  });

  it("does not write HTML into tags", () => {
    expect(tags(onBranch("a&b"), "type=raw,value=x-{{branch}}")).toEqual(["x-a-b"]);
  });

  it("writes latest once", () => {
    expect(tags(onBranch("master"), "type=raw,value=latest", "latest=true")).toEqual(["latest"]);
  });
});

describe("illegal rules get one error that says where", () => {
  it.each([
    ["type=foo", 'rules:1: type "foo" is not known'],
    ["type=sha\ntype=semver", "rules:2: type=semver needs a pattern"],
    ["type=pep440", "rules:1: type=pep440 needs a pattern"],
    ["type=match", "rules:1: type=match needs a pattern"],
    ["type=match,pattern=a,group=x", 'rules:1: group: expected a number, found "x"'],
    ["type=ref", 'rules:1: type=ref needs an event, found "none"'],
    ["type=ref,event=push", 'rules:1: type=ref needs an event, found "push"'],
    ["type=raw", "rules:1: type=raw needs a value"],
    ["type=sha,format=medium", 'rules:1: format "medium" is not known'],
    ["type=sha,priority=high", 'rules:1: priority: expected a number, found "high"'],
    ["type=raw,value=x,enable=maybe", 'rules:1: enable: expected true or false, found "maybe"'],
    ["type=raw,value={{date}}", "rules:1: date needs a format"],
    ["type=raw,value={{date 'YYYY' tz='Mars/Base'}}", 'rules:1: date: "Mars/Base" is no time zone'],
    ["type=raw,value={{date 'YYYY' zone='UTC'}}", "rules:1: date: zone is not known"],
    ["type=raw,value={{#if branch}}x{{/if}}", "rules:1: {{#if branch}} is no expression"],
    ["type=raw,value=a{{branch", "rules:1: "],
    ['type=raw,"value=a', 'rules:1: "type=raw,\\"value=a" has an open quote'],
  ])("%j", (rules, message) => {
    expect(() => plan(onBranch("dev"), rules)).toThrow(
      expect.objectContaining({ code: "rules", message: expect.stringContaining(message) as unknown }),
    );
  });

  it("names a regular expression that is none", () => {
    expect(() => plan(onTag("v1"), "type=match,pattern=(")).toThrow(/rules:1: invalid regular expression/);
  });

  it.each([
    ["latest=maybe", 'flavor:1: "latest=maybe" is not known'],
    ["onlatest=true", "flavor:1: onlatest stands alone"],
    ["foo", 'flavor:1: "foo" is not known'],
  ])("flavor %j", (flavor, message) => {
    expect(() => plan(onBranch("dev"), "", flavor)).toThrow(message);
  });

  it("warns about what does nothing", () => {
    expect(parseRules("type=sha,patern=x").warnings).toEqual([
      'rules:1: attribute "patern" is not known and does nothing',
    ]);
    expect(plan(onBranch("dev"), "type=raw,value=x{{brnch}}").warnings).toEqual([
      "rules:1: {{brnch}} stands for nothing here",
    ]);
    expect(plan(onTag("release1"), "type=semver,pattern={{version}}").warnings).toEqual([
      "rules:1: release1 is no semantic version",
    ]);
  });
});
