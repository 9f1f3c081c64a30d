import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Repository, memoryStore } from "@seaworthy/oci";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cloneOf, commitTo, gitAt, makeHistory, runGit } from "../../../test/git-history.ts";
import { putTagged } from "../../../test/tagged-image.ts";
import { Watched } from "../../../test/watched.ts";
import { planDefault } from "../default-policy.ts";
import { readEvent } from "../events/read.ts";
import { rememberPast } from "../../past.ts";
import { type Git, readSource } from "../../source.ts";
import type { TagPlan } from "../plan.ts";
import { planTags } from "../policy.ts";
import { gitAncestry } from "./ancestry.ts";
import { moveTags, planMoves } from "./move.ts";

let top: string;
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "seaworthy-"));
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

const { signal } = new AbortController();

function planOf(ref: string, sha: string, rules?: string): TagPlan {
  const event = readEvent({ ref, sha, defaultBranch: "main" }, {}, { dirty: true });
  return rules === undefined ? planDefault(event, "stable") : planTags(event, { rules, now: 0 });
}

const versioned = (version: string, sha: string) => planOf(`refs/tags/v${version}`, sha);

async function publish(
  repository: Repository,
  plan: TagPlan,
  dir: string,
  more: { force?: boolean; content?: string } = {},
) {
  const { revision, version } = plan;
  const image = await putTagged(repository, {
    version,
    content: more.content ?? version,
    ...(revision === undefined ? {} : { revision }),
  });
  const verdicts = await moveTags(repository, image, plan, {
    ancestry: gitAncestry(gitAt(dir)),
    signal,
    force: more.force ?? false,
  });
  return { image, verdicts, does: Object.fromEntries(verdicts.map(({ tag, does }) => [tag, does])) };
}

const at = async (repository: Repository, tag: string) => (await repository.resolve(tag))?.digest;

describe("moveTags", () => {
  it("P4: leaves latest and series at the newer version when an older one is patched later", async () => {
    const { dir, commits } = makeHistory(top, 2);
    const repository = memoryStore();
    const newer = await publish(repository, versioned("2.0.1", commits[0]!), dir);
    const older = await publish(repository, versioned("1.9.1", commits[1]!), dir);
    expect(older.does).toEqual({
      "v1.9.1": "move",
      "1.9.1": "move",
      "1.9": "move",
      "1": "move",
      latest: "behind",
    });
    expect(await at(repository, "latest")).toBe(newer.image.digest);
    expect(older.verdicts.at(-1)?.reason).toContain("2.0.1");
    const between = await publish(repository, versioned("1.8.9", commits[0]!), dir);
    expect(between.does).toMatchObject({ "1.8": "move", "1": "behind", latest: "behind" });
  });

  it("compares versions as numbers", async () => {
    const { dir, commits } = makeHistory(top, 1);
    const repository = memoryStore();
    await publish(repository, versioned("1.10.0", commits[0]!), dir);
    expect((await publish(repository, versioned("1.9.9", commits[0]!), dir)).does["1"]).toBe("behind");
  });

  it("P5: leaves a branch at the newer commit when the older build ends last", async () => {
    const { dir, commits } = makeHistory(top, 3);
    const repository = memoryStore();
    const newer = await publish(repository, planOf("refs/heads/main", commits[2]!), dir);
    const older = await publish(repository, planOf("refs/heads/main", commits[1]!), dir);
    expect(older.does["main"]).toBe("behind");
    expect(await at(repository, "main")).toBe(newer.image.digest);
    expect(await at(repository, `main-${commits[1]!.slice(0, 7)}`)).toBe(older.image.digest);
  });

  it("writes nothing the second time", async () => {
    const { dir, commits } = makeHistory(top, 1);
    const inner = memoryStore();
    await publish(inner, versioned("1.0.0", commits[0]!), dir);
    const watched = new Watched(inner);
    expect(Object.values((await publish(watched, versioned("1.0.0", commits[0]!), dir)).does)).toEqual(
      Array.from({ length: 5 }, () => "same"),
    );
    expect(watched.calls.filter((call) => call.startsWith("tag "))).toEqual([]);
  });

  it("keeps the digest of a release, and writes no tag at all where one is refused", async () => {
    const { dir, commits } = makeHistory(top, 1);
    const repository = memoryStore();
    const first = await publish(repository, versioned("1.0.0", commits[0]!), dir);
    await repository.untag("1.0");
    const again = publish(repository, versioned("1.0.0", commits[0]!), dir, {
      content: "other",
      force: true,
    });
    await expect(again).rejects.toMatchObject({
      code: "refused",
      message: expect.stringContaining("v1.0.0: released as") as unknown,
    });
    expect(await at(repository, "1.0.0")).toBe(first.image.digest);
    expect(await at(repository, "1.0")).toBeUndefined();
  });

  it("refuses a rewritten branch unless told, and says how to tell", async () => {
    const { dir, commits } = makeHistory(top, 2);
    const repository = memoryStore();
    await publish(repository, planOf("refs/heads/main", commits[1]!), dir);
    runGit(dir, "reset", "-q", "--hard", commits[0]!);
    const rewritten = planOf("refs/heads/main", commitTo(dir, "other"));
    await expect(publish(repository, rewritten, dir)).rejects.toMatchObject({
      code: "refused",
      message: expect.stringMatching(/^tag main: commit \w{12} does not follow \w{12}/) as unknown,
      hint: expect.stringContaining("--force-tags") as unknown,
    });
    expect((await publish(repository, rewritten, dir, { force: true })).does["main"]).toBe("move");
  });

  it.each(["index", "manifest", "label"] as const)(
    "reads the commit of what a tag points to from the %s",
    async (place) => {
      const { dir, commits } = makeHistory(top, 2);
      const repository = memoryStore();
      const there = await putTagged(repository, { revision: commits[1]!, content: "there" }, place);
      await repository.tag(there, "main");
      expect((await publish(repository, planOf("refs/heads/main", commits[0]!), dir)).does["main"]).toBe(
        "behind",
      );
    },
  );

  it.each(["--upload-pack=touch /tmp/x", "HEAD", "", "main"])(
    "does not hand git what a registry calls a commit: %j",
    async (revision) => {
      const { dir, commits } = makeHistory(top, 1);
      const repository = memoryStore();
      await repository.tag(await putTagged(repository, { revision }), "main");
      await expect(publish(repository, planOf("refs/heads/main", commits[0]!), dir)).rejects.toMatchObject({
        code: "refused",
        message: "tag main: what the tag points to does not say its commit",
      });
    },
  );

  it("notices a registry that does not hold what was written", async () => {
    const { dir, commits } = makeHistory(top, 1);
    const repository = memoryStore();
    const forgetful = new Proxy(repository, {
      get: (target, key) =>
        key === "tag"
          ? () => Promise.resolve()
          : (Reflect.get(target, key) as (...args: never) => unknown).bind(target),
    });
    await expect(publish(forgetful, planOf("refs/heads/dev", commits[0]!), dir)).rejects.toMatchObject({
      code: "publish-failed",
      retryable: true,
    });
  });

  it("follows commits that come after from a clone that has not seen them, and asks the remote once", async () => {
    const { dir, commits } = makeHistory(top, 1);
    const clone = cloneOf(top, dir);
    const newer = commitTo(dir, "newer");
    const repository = memoryStore();
    await publish(repository, planOf("refs/heads/main", newer), dir);
    const verdict = (await publish(repository, planOf("refs/heads/main", commits[0]!), clone)).verdicts[1]!;
    expect(verdict).toMatchObject({ tag: "main", does: "behind" });
  });
});

describe("gitAncestry", () => {
  it("deepens a shallow clone until it shows the answer", async () => {
    const { dir, commits } = makeHistory(top, 80);
    const shallow = cloneOf(top, dir, "--depth=1");
    const ancestry = gitAncestry(gitAt(shallow));
    expect(await ancestry.relation(commits[3], commits[79])).toEqual({ is: "ahead" });
    expect(await ancestry.relation(commits[79], commits[3])).toEqual({ is: "behind" });
  });

  it("asks git nothing about what came before the commit that was read as the source", async () => {
    const { dir, commits } = makeHistory(top, 5);
    const asked: string[] = [];
    const git: Git = (args) => {
      asked.push(args[0]!);
      return gitAt(dir)(args);
    };
    const [head = ""] = commits.slice(-1);
    const shorts = commits.slice(0, 4).map((commit) => commit.slice(0, 7));
    expect((await readSource(git)).revision).toBe(head);
    asked.length = 0;
    expect(await gitAncestry(git).relation(commits[0], head)).toEqual({ is: "ahead" });
    expect(await gitAncestry(git).newest(head, shorts)).toBeUndefined();
    expect(asked).toEqual([]);
    // What came after another commit, and what is not in that past, is asked as before.
    expect(await gitAncestry(git).relation(head, commits[0])).toEqual({ is: "behind" });
    expect(await gitAncestry(git).newest(commits[1]!, shorts)).toBe(shorts[3]);
    rememberPast([head]);
    expect(await gitAncestry(git).relation(commits[0], head)).toEqual({ is: "ahead" });
    expect(await gitAncestry(git).newest(head, shorts)).toBeUndefined();
    expect(asked.filter((question) => question === "merge-base").length).toBeGreaterThan(1);
  });

  it("asks git once for each of the usual questions, however often it is asked", async () => {
    const { dir, commits } = makeHistory(top, 5);
    const asked: string[] = [];
    const ancestry = gitAncestry((args) => {
      asked.push(args[0]!);
      return gitAt(dir)(args);
    });
    const shorts = commits.slice(0, 4).map((commit) => commit.slice(0, 7));
    for (let time = 0; time < 3; time += 1) {
      expect(await ancestry.newest(commits[4]!, shorts)).toBeUndefined();
      expect(await ancestry.relation(commits[3], commits[4])).toEqual({ is: "ahead" });
    }
    expect(asked).toEqual(["rev-list", "merge-base"]);
  });

  it("is asked by several tags at once, which do not get into each other's way", async () => {
    const { dir, commits } = makeHistory(top, 8);
    const ancestry = gitAncestry(gitAt(cloneOf(top, dir, "--depth=1")));
    const answers = await Promise.all(
      [0, 1, 2, 0, 1, 2].map((older) => ancestry.relation(commits[older], commits[7])),
    );
    expect(answers).toEqual(answers.map(() => ({ is: "ahead" })));
  });

  it("says what to do in a shallow clone that cannot be deepened", async () => {
    const { dir, commits } = makeHistory(top, 3);
    const shallow = cloneOf(top, dir, "--depth=1");
    runGit(shallow, "remote", "set-url", "origin", "/nowhere/at/all");
    expect(await gitAncestry(gitAt(shallow)).relation(commits[0], commits[2])).toMatchObject({
      is: "unknown",
      reason: `commit ${commits[0]!.slice(0, 12)} is not in this clone, and cannot be fetched: '/nowhere/at/all' does not appear to be a git repository`,
      hint: expect.stringContaining("fetch-depth: 0") as unknown,
    });
  });

  it("tells unrelated commits apart from unknown ones", async () => {
    const { dir, commits } = makeHistory(top, 2);
    runGit(dir, "checkout", "-q", "--orphan", "island");
    const island = commitTo(dir, "island");
    const ancestry = gitAncestry(gitAt(dir));
    expect(await ancestry.relation(commits[1], island)).toEqual({ is: "unrelated" });
    expect(await ancestry.relation("f".repeat(40), island)).toMatchObject({ is: "unknown" });
    expect(await ancestry.relation(undefined, island)).toMatchObject({ is: "unknown" });
  });
});

describe("planMoves", () => {
  it("says what would move from where, before anything is built, and touches nothing", async () => {
    const { dir, commits } = makeHistory(top, 2);
    const inner = memoryStore();
    const { image } = await publish(inner, versioned("1.2.3", commits[0]!), dir);
    const watched = new Watched(inner);
    const verdicts = await planMoves(watched, versioned("1.2.4", commits[1]!), {
      ancestry: gitAncestry(gitAt(dir)),
      signal,
    });
    expect(verdicts.map(({ tag, does, from }) => [tag, does, from])).toEqual([
      ["v1.2.4", "move", undefined],
      ["1.2.4", "move", undefined],
      ["1.2", "move", image.digest],
      ["1", "move", image.digest],
      ["latest", "move", image.digest],
    ]);
    expect(watched.calls.filter((call) => /^(?:put|tag|untag|delete) /.test(call))).toEqual([]);
  });

  it("asks no more of a repository with 1,000 tags than of one with few", async () => {
    const { dir, commits } = makeHistory(top, 2);
    const calls = async (count: number): Promise<number> => {
      const inner = memoryStore();
      const image = await putTagged(inner, { revision: commits[0]!, version: "1.0.0" });
      for (let patch = 0; patch < count; patch++) {
        await inner.tag(image, `1.0.${patch}`);
        await inner.tag(image, `main-${patch.toString(16).padStart(7, "0")}`);
      }
      for (const tag of ["1", "1.0", "latest", "main"]) await inner.tag(image, tag);
      const watched = new Watched(inner);
      await planMoves(watched, versioned("1.1.0", commits[1]!), {
        ancestry: gitAncestry(gitAt(dir)),
        signal,
      });
      await planMoves(watched, planOf("refs/heads/main", commits[1]!), {
        ancestry: gitAncestry(gitAt(dir)),
        signal,
      });
      return watched.calls.length;
    };
    const few = await calls(2);
    expect(await calls(500)).toBe(few);
    expect(few).toBeLessThanOrEqual(24);
  });
});
