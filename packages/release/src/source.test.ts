import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Git, readSource, webAddress } from "./source.ts";
import { tagsFor } from "./tags.ts";

let top: string;
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "seaworthy-"));
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

/** As on a machine without any git settings. */
const ENV = { PATH: process.env["PATH"], LC_ALL: "C", GIT_CONFIG_NOSYSTEM: "1", HOME: "/nonexistent" };

function run(dir: string, ...args: readonly string[]): string {
  const identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"];
  return execFileSync("git", ["-C", dir, ...identity, ...args], {
    encoding: "utf8",
    env: ENV,
    stdio: "pipe",
  });
}

function gitIn(dir: string): Git {
  return (args) => {
    const { status, stdout, stderr } = spawnSync("git", ["-C", dir, ...args], { encoding: "utf8", env: ENV });
    return Promise.resolve({ ok: status === 0, out: stdout.trimEnd(), problem: stderr.trimEnd() });
  };
}

const sourceOf = (dir: string) => readSource(gitIn(dir));

function commit(dir: string, name: string): string {
  writeFileSync(join(dir, name), name);
  run(dir, "add", "-A");
  run(dir, "commit", "-q", "-m", name);
  return run(dir, "rev-parse", "HEAD").trim();
}

function repository(branch = "main"): { readonly dir: string; readonly revision: string } {
  const dir = join(top, "repository");
  mkdirSync(dir);
  run(dir, "init", "-q", "-b", branch);
  return { dir, revision: commit(dir, "first") };
}

function cloned(from: string, ...args: readonly string[]): string {
  const dir = join(top, "clone");
  run(top, "clone", "-q", ...args, `file://${from}`, dir);
  return dir;
}

describe("readSource", () => {
  it("tells commit, branch and time", async () => {
    const { dir, revision } = repository();
    expect(await sourceOf(dir)).toEqual({
      revision,
      branch: "main",
      defaultBranch: "main",
      dirty: false,
      committed: Number(run(dir, "log", "-1", "--format=%ct")),
    });
  });

  it("knows nothing outside a repository and before the first commit", async () => {
    expect(await sourceOf(top)).toEqual({ dirty: true });
    const dir = join(top, "empty");
    run(top, "init", "-q", dir);
    expect(await sourceOf(dir)).toEqual({ dirty: true });
  });

  it("says so where git refuses to read the repository, as a tag would lie", async () => {
    const git: Git = () =>
      Promise.resolve({
        ok: false,
        out: "",
        problem: "fatal: detected dubious ownership in repository at '/src'",
      });
    await expect(readSource(git)).rejects.toMatchObject({
      code: "source",
      message: expect.stringContaining("dubious ownership"),
      hint: expect.stringContaining("safe.directory"),
    });
  });

  it.each([
    ["a changed file", "first", true],
    ["an untracked file", "second", true],
    ["an ignored file", "out.log", false],
  ])("takes %s for a difference from the commit: %s %s", async (_, name, dirty) => {
    const { dir } = repository();
    writeFileSync(join(dir, ".gitignore"), "*.log\n");
    commit(dir, "other");
    writeFileSync(join(dir, name), "changed");
    expect((await sourceOf(dir)).dirty).toBe(dirty);
  });

  it("is not confused by a branch and a tag of one name", async () => {
    const { dir } = repository();
    run(dir, "tag", "main");
    expect(await sourceOf(dir)).toMatchObject({ branch: "main", tag: "main" });
  });

  it("takes the highest of several tags of a commit", async () => {
    const { dir } = repository();
    for (const tag of ["v1.9.0", "v1.10.0", "v1.2.0"]) run(dir, "tag", tag);
    expect((await sourceOf(dir)).tag).toBe("v1.10.0");
  });
});

describe("readSource on a detached head, as CI leaves it", () => {
  it("finds the branch whose tip the commit is", async () => {
    const { dir, revision } = repository();
    const clone = cloned(dir);
    run(clone, "checkout", "-q", "--detach", revision);
    run(clone, "branch", "-q", "-D", "main");
    expect(await sourceOf(clone)).toMatchObject({ revision, branch: "main", defaultBranch: "main" });
  });

  it("names no branch where two could be meant", async () => {
    const { dir, revision } = repository();
    run(dir, "branch", "other");
    run(dir, "checkout", "-q", "--detach");
    const source = await sourceOf(dir);
    expect(source.branch).toBeUndefined();
    expect(tagsFor(source).tags).toEqual([`detached-${revision.slice(0, 7)}`]);
  });

  it("names the tag of a checked-out tag that no branch points at", async () => {
    const { dir, revision } = repository();
    run(dir, "tag", "-a", "v1.0.0", "-m", "one");
    commit(dir, "second");
    run(dir, "checkout", "-q", "v1.0.0");
    const source = await sourceOf(dir);
    expect(source).toMatchObject({ revision, tag: "v1.0.0", defaultBranch: "main" });
    expect(tagsFor(source).tags).toEqual(["v1.0.0", "1.0.0", "1.0", "1"]);
  });

  it("works in a shallow fetch of one commit", async () => {
    const { dir, revision } = repository();
    commit(dir, "second");
    const clone = join(top, "clone");
    run(top, "init", "-q", clone);
    run(dir, "config", "uploadpack.allowAnySHA1InWant", "true");
    run(clone, "remote", "add", "origin", `file://${dir}`);
    run(clone, "fetch", "-q", "--depth=1", "origin", revision);
    run(clone, "checkout", "-q", "--detach", "FETCH_HEAD");
    expect(await sourceOf(clone)).toMatchObject({ revision, dirty: false });
  });
});

describe("the default branch", () => {
  it("is what origin says, whatever its name", async () => {
    const { dir } = repository("trunk");
    run(dir, "branch", "main");
    const clone = cloned(dir);
    run(clone, "checkout", "-q", "-b", "feature");
    expect(await sourceOf(clone)).toMatchObject({ branch: "feature", defaultBranch: "trunk" });
  });

  it("is the only branch of a repository that has no origin", async () => {
    const { dir } = repository("trunk");
    expect(await sourceOf(dir)).toMatchObject({ branch: "trunk", defaultBranch: "trunk" });
    run(dir, "branch", "other");
    expect((await sourceOf(dir)).defaultBranch).toBeUndefined();
  });

  it("is not the one branch that a clone happened to fetch, so that a feature never moves latest", async () => {
    const { dir } = repository();
    run(dir, "checkout", "-q", "-b", "feature");
    commit(dir, "second");
    run(dir, "checkout", "-q", "main");
    const clone = cloned(dir, "--single-branch", "--branch", "feature");
    const source = await sourceOf(clone);
    expect(source.branch).toBe("feature");
    expect(source.defaultBranch).toBeUndefined();
    expect(tagsFor(source).tags).not.toContain("latest");
  });

  it("is main in a clone of main alone whose origin/HEAD is missing", async () => {
    const { dir } = repository();
    const clone = cloned(dir, "--single-branch", "--branch", "main");
    run(clone, "remote", "set-head", "origin", "--delete");
    expect(await sourceOf(clone)).toMatchObject({ branch: "main", defaultBranch: "main" });
  });
});

describe("webAddress", () => {
  it.each([
    ["git@github.com:acme/web.git", "https://github.com/acme/web"],
    ["https://user:token@example.org/acme/web.git", "https://example.org/acme/web"],
    ["https://example.org:8443/acme/web/", "https://example.org:8443/acme/web"],
    ["ssh://git@example.org:2222/acme/web.git", "https://example.org/acme/web"],
    ["git@example.org:/acme/web", "https://example.org/acme/web"],
    ["git://example.org/acme/web.git?token=x#y", "https://example.org/acme/web"],
  ])("opens %s as %s", (remote, address) => expect(webAddress(remote)).toBe(address));

  it.each(["/srv/git/web.git", "../web", "file:///srv/web", "C:\\web", "backup:web", "", "not a remote"])(
    "has none for %s",
    (remote) => expect(webAddress(remote)).toBeUndefined(),
  );
});
