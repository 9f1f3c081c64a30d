import { execFileSync } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { seaworthy } from "../support/cli.ts";
import { type Project, makeProject } from "../support/project.ts";

const FILES = {
  Dockerfile: "FROM scratch\nCOPY Dockerfile /\n",
  "seaworthy.config.ts": 'export default { image: "acme/web", verify: { services: [], allowRoot: true } };\n',
};

function git(dir: string, ...args: readonly string[]): string {
  const settings = ["user.name=Test", "user.email=test@example.org", "advice.detachedHead=false"];
  const flags = settings.flatMap((setting) => ["-c", setting]);
  return execFileSync("git", ["-C", dir, ...flags, ...args], { encoding: "utf8", stdio: "pipe" }).trim();
}

function commitTo({ dir, write }: Pick<Project, "dir" | "write">, text: string): string {
  write("more.txt", text);
  git(dir, "add", "-A");
  git(dir, "commit", "-q", "-m", text);
  return git(dir, "rev-parse", "HEAD");
}

const onGitHub = (sha: string, more: Readonly<Record<string, string>> = {}) => ({
  GITHUB_ACTIONS: "true",
  GITHUB_EVENT_NAME: "push",
  GITHUB_REF: "refs/heads/main",
  GITHUB_SHA: sha,
  GITHUB_REPOSITORY: "Acme/Web",
  ...more,
});

/** Payloads as a CI writes them, from the golden events. */
function recorded(trait: string): string {
  return readFileSync(
    new URL(`../../packages/release/test/events/${trait}/payload.json`, import.meta.url),
    "utf8",
  );
}

describe("an event that cannot be released", () => {
  it.each<[string, string, Readonly<Record<string, string>>, RegExp]>([
    ["is not known", "{}", { GITHUB_EVENT_NAME: "pusch" }, /^error: event: "pusch" is not known\n {2}→ /m],
    [
      "has a payload that breaks off",
      '{"a": ',
      {},
      /^error: event\.json: expected JSON, found something else\n/m,
    ],
    [
      "has a payload with a fault",
      '{"password": "hunter2" "b"}',
      {},
      /^error: event\.json: expected JSON, found a fault at position 23 \(line 1 column 24\)\n/m,
    ],
    [
      "has a payload of another shape",
      '{"repository": ["Acme"]}',
      {},
      /^error: event\.json: repository: expected an object, found a list\n/m,
    ],
    [
      "has a payload without end",
      `{"a": "${"x".repeat(40 << 20)}"}`,
      {},
      /^error: event\.json: longer than the limit of 33554432 bytes\n/m,
    ],
    [
      "has a payload that is nowhere",
      "{}",
      { GITHUB_EVENT_PATH: "no.json" },
      /^error: no\.json: not there\n/m,
    ],
    [
      "has half a ref",
      "{}",
      { GITHUB_REF: "main" },
      /^error: ref: expected a full one, found "main"\n {2}→ /m,
    ],
    [
      "has no commit",
      "{}",
      { GITHUB_SHA: "HEAD" },
      /^error: GITHUB_SHA: expected a full commit id, found "HEAD"\n/m,
    ],
    [
      "deleted its branch",
      recorded("github-push-deleted"),
      {},
      /^error: event\.json: refs\/heads\/main was deleted/m,
    ],
  ])("%s: one error, and nothing is done", async (_, payload, more, message) => {
    using project = makeProject(FILES);
    project.commit();
    writeFileSync(join(project.dir, "event.json"), payload);
    const sha = git(project.dir, "rev-parse", "HEAD");
    const env = { ...project.env, ...onGitHub(sha, { GITHUB_EVENT_PATH: "event.json", ...more }) };
    const { code, stdout, stderr } = await seaworthy(["release"], { cwd: project.dir, env });
    expect(stderr).toMatch(message);
    expect(stderr.match(/^error: /gm)).toHaveLength(1);
    expect(stderr).not.toMatch(/hunter2|\n\s+at /);
    expect([code, stdout]).toEqual([2, ""]);
  });

  it.each(["tags", "plan"])("is one for %s as well", async (command) => {
    using project = makeProject({ ...FILES, "event.json": "[]" });
    project.commit();
    const sha = git(project.dir, "rev-parse", "HEAD");
    const env = { ...project.env, ...onGitHub(sha, { GITHUB_EVENT_PATH: "event.json" }) };
    const { code, stdout, stderr } = await seaworthy([command], { cwd: project.dir, env });
    expect(stderr).toMatch(/^error: event\.json: expected an object, found a list\n {2}→ [^\n]+\n$/);
    expect([code, stdout]).toEqual([2, ""]);
  });

  it.each([
    ["github-pull-request-closed", "pull_request", "pull request 7 is closed, there is nothing to release"],
    ["github-pull-request-merged", "pull_request", "pull request 7 is closed, there is nothing to release"],
  ])("is refused as %s", async (trait, name, message) => {
    using project = makeProject({ ...FILES, "event.json": recorded(trait) });
    project.commit();
    const sha = git(project.dir, "rev-parse", "HEAD");
    const more = {
      GITHUB_EVENT_NAME: name,
      GITHUB_REF: "refs/pull/7/merge",
      GITHUB_EVENT_PATH: "event.json",
    };
    const env = { ...project.env, ...onGitHub(sha, more) };
    const { code, stdout, stderr } = await seaworthy(["release"], { cwd: project.dir, env });
    expect(stderr).toContain(`error: ${name} event: ${message}\n  → `);
    expect([code, stdout]).toEqual([2, ""]);
  });

  it("is about another commit than the one that is checked out", async () => {
    using project = makeProject(FILES);
    project.commit();
    const env = { ...project.env, ...onGitHub("5f3331d7f7044c18ca9f12c77d961c4d7cf3276a") };
    const { code, stderr } = await seaworthy(["release"], { cwd: project.dir, env });
    expect(stderr).toMatch(
      /^error: push event: it is about commit 5f3331d7f704, checked out is [0-9a-f]{12}\n {2}→ /m,
    );
    expect(code).toBe(1);
  });
});

describe("a checkout that does not say all", () => {
  it.each<[string, (project: Project) => void, RegExp]>([
    ["no repository", () => {}, /^tag +dev: .*\n(?!tag)/m],
    ["no commit yet", ({ dir }) => void git(dir, "init", "-q"), /^tag +dev: .*\n(?!tag)/m],
    ["no remote", (project) => project.commit(), /^tag +main-[0-9a-f]{7}: .*\ntag +main: /m],
    [
      "changed files",
      (project) => {
        project.commit();
        project.write("new.txt", "");
      },
      /^tag +main-[0-9a-f]{7}-dirty: .*\n(?!tag)/m,
    ],
    [
      "a detached head",
      (project) => {
        project.commit();
        commitTo(project, "second");
        git(project.dir, "checkout", "-q", "HEAD~1");
      },
      /^tag +detached-[0-9a-f]{7}: .*\n(?!tag)/m,
    ],
  ])("is released under a name that promises no more: %s", async (_, arrange, version) => {
    using project = makeProject(FILES);
    arrange(project);
    const { stdout, stderr, code } = await seaworthy(["release"], { cwd: project.dir, env: project.env });
    expect(stderr).toMatch(version);
    expect(stdout).toMatch(/^127\.0\.0\.1:5000\/acme\/web@sha256:[0-9a-f]{64}\n$/);
    expect(code).toBe(0);
  });

  it("gives no release where files differ from the commit that a git tag names", async () => {
    using project = makeProject(FILES);
    project.commit();
    git(project.dir, "tag", "v1.0.0");
    project.write("new.txt", "");
    const sha = git(project.dir, "rev-parse", "HEAD");
    const env = { ...project.env, ...onGitHub(sha, { GITHUB_REF: "refs/tags/v1.0.0" }) };
    const { code, stderr } = await seaworthy(["release"], { cwd: project.dir, env });
    expect(stderr).toContain("error: git tag v1.0.0: files differ from the commit it names\n  → ");
    expect(code).toBe(1);
  });
});

describe("a shallow clone", () => {
  /** Of a repository whose first commit was released, with what was released; its remote where it is told to be. */
  async function shallowClone(project: Project, remote: string): Promise<string> {
    project.commit();
    const first = await seaworthy(["release", "--progress", "quiet"], { cwd: project.dir, env: project.env });
    expect(first.code).toBe(0);
    for (const text of ["second", "third", "fourth"]) commitTo(project, text);
    const clone = join(project.dir, "..", "clone");
    git(project.dir, "clone", "-q", "--depth=1", `file://${project.dir}`, clone);
    git(clone, "remote", "set-url", "origin", remote);
    cpSync(join(project.dir, ".seaworthy"), join(clone, ".seaworthy"), { recursive: true });
    return clone;
  }

  it("fetches what it lacks to see that tags go forward", async () => {
    using project = makeProject(FILES);
    const clone = await shallowClone(project, `file://${project.dir}`);
    const { code, stderr } = await seaworthy(["release"], { cwd: clone, env: project.env });
    expect(stderr).toMatch(/tags: main-[0-9a-f]{7}, main, latest/);
    expect(code).toBe(0);
  });

  it("is refused with what to do where nothing can be fetched", async () => {
    using project = makeProject(FILES);
    const clone = await shallowClone(project, "/nowhere/at/all");
    const { code, stdout, stderr } = await seaworthy(["release"], { cwd: clone, env: project.env });
    expect(stderr).toMatch(
      /main: commit [0-9a-f]{12} is not in this clone, and cannot be fetched: '\/nowhere\/at\/all' does not appear to be a git repository\n/,
    );
    expect(stderr).toContain(
      "→ give the clone its history: git fetch --unshallow, or fetch-depth: 0 in actions/checkout",
    );
    expect([code, stdout]).toEqual([3, ""]);
  });
});
