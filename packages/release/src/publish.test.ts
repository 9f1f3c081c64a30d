import { type Descriptor, type Repository, copyGraph, memoryStore } from "@seaworthy/oci";
import { attachStatement, findStatements, statementAbout } from "@seaworthy/evidence";
import { beforeEach, describe, expect, it } from "vitest";
import { putImage, putIndex } from "../test/stored-image.ts";
import { Watched } from "../test/watched.ts";
import { gitAncestry } from "./tags/guard/ancestry.ts";
import { type PublishOptions, publish } from "./publish.ts";
import type { TagPlan } from "./tags/plan.ts";

const TYPE = "https://example.org/checked/v1";
const TAGS = ["main-4b35282", "latest"];
const PLAN: TagPlan = {
  version: TAGS[0]!,
  tags: TAGS,
  moves: [
    { tag: TAGS[0]!, kind: "commit" },
    { tag: TAGS[1]!, kind: "scratch" },
  ],
  warnings: [],
};
const ancestry = gitAncestry(() => Promise.reject(new Error("nothing here depends on git")));

let built: Repository;
let index: Descriptor;
let platform: Descriptor;
let evidence: Descriptor;
beforeEach(async () => {
  built = memoryStore();
  const amd64 = await putImage(built);
  platform = amd64;
  const arm64 = await putImage(built, { architecture: "arm64" });
  index = await putIndex(built, [amd64, arm64]);
  const statement = statementAbout(index, { name: "x", predicateType: TYPE, predicate: {} });
  evidence = await attachStatement(built, index, statement);
});

const { signal } = new AbortController();
const publishTo = (to: Repository, more: Partial<PublishOptions> = {}) =>
  publish(index, {
    tags: PLAN,
    ancestry,
    evidence: [{ subject: index, manifest: evidence }],
    from: built,
    to,
    signal,
    ...more,
  });

/** Fails where anything that the tag leads to is missing. */
async function pullable(from: Repository, tag: string): Promise<void> {
  const target = await from.resolve(tag);
  await copyGraph(target!, from, memoryStore());
}

describe("publish", () => {
  it("moves the tags last, after evidence and a look at what is there", async () => {
    const to = new Watched();
    const { moves } = await publishTo(to);
    expect(moves).toEqual(TAGS.map((tag) => ({ tag, to: index.digest })));
    const at = (call: string): number => to.calls.indexOf(call);
    const firstTag = at(`tag ${TAGS[0]}`);
    expect(to.calls.slice(firstTag)).toEqual([
      "tag main-4b35282",
      "resolve main-4b35282",
      "resolve latest",
      "tag latest",
      "resolve latest",
    ]);
    expect(at(`put ${index.digest}`)).toBeGreaterThan(-1);
    expect(at(`put ${evidence.digest}`)).toBeGreaterThan(at(`put ${index.digest}`));
    expect(at(`open ${index.digest}`)).toBeGreaterThan(at(`put ${evidence.digest}`));
    expect(at(`open ${index.digest}`)).toBeLessThan(firstTag);
  });

  it("takes the evidence along, so that the registry alone knows it", async () => {
    const to = new Watched();
    await publishTo(to);
    expect(await findStatements(to, index, { predicateType: TYPE })).toHaveLength(1);
  });

  it("writes nothing where everything is there", async () => {
    const to = new Watched();
    await publishTo(to);
    to.calls.length = 0;
    const { moves, stats } = await publishTo(to);
    expect(to.calls.filter((call) => /^(?:put|tag|untag|delete) /.test(call))).toEqual([]);
    expect(stats).toMatchObject({ sent: 0, bytesSent: 0 });
    expect(moves).toEqual(TAGS.map((tag) => ({ tag, from: index.digest, to: index.digest })));
  });

  it("signs at tags of the registry once everything is there and before its own move", async () => {
    const to = new Watched();
    const signTags = (repository: Repository) => repository.tag(evidence, "sha256-x.sig").then(() => 1);
    await publishTo(to, { signTags });
    const at = (call: string): number => to.calls.indexOf(call);
    expect(at("tag sha256-x.sig")).toBeGreaterThan(at(`open ${index.digest}`));
    expect(at("tag sha256-x.sig")).toBeLessThan(at(`tag ${TAGS[0]}`));
    expect((await publishTo(to, { signTags })).stats.sent).toBe(1);
    expect((await publishTo(to, { signTags: () => Promise.resolve(0) })).stats.sent).toBe(0);
  });

  it("tells where a tag pointed before", async () => {
    const to = new Watched();
    const before = await putIndex(to, [await putImage(to, { config: { User: "1" } })]);
    await to.tag(before, "latest");
    const { moves } = await publishTo(to);
    expect(moves[1]).toEqual({ tag: "latest", from: before.digest, to: index.digest });
  });

  it("tells how much it has sent", async () => {
    const told: number[] = [];
    const onSent = (bytes: number): void => void told.push(bytes);
    const to = memoryStore();
    const { stats } = await publish(index, {
      tags: { ...PLAN, moves: [] },
      ancestry,
      evidence: [],
      from: built,
      to,
      onSent,
      signal,
    });
    expect(told).toEqual(told.toSorted((a, b) => a - b));
    expect(told.at(-1)).toBe(stats.bytesSent);
  });

  it("interrupted at any step leaves no tag that leads nowhere, and the next run finishes", async () => {
    let failures = 0;
    for (let failAt = 0; ; failAt += 1) {
      const to = new Watched();
      to.failAt = failAt;
      const outcome = await publishTo(to).catch((error: unknown) => error);
      if (!(outcome instanceof Error)) break;
      failures += 1;
      const tags = await to.inner.tags();
      // Only the last tag can fail when another is there already.
      const begun = to.calls.slice(0, failAt).filter((call) => call.startsWith("tag "));
      expect(tags).toEqual(begun.map((call) => call.slice("tag ".length)).toSorted());
      for (const tag of tags) await pullable(to.inner, tag);
      to.failAt = Number.POSITIVE_INFINITY;
      await publishTo(to);
      expect(await to.inner.tags()).toEqual(TAGS.toSorted());
      for (const tag of TAGS) await pullable(to.inner, tag);
    }
    expect(failures).toBeGreaterThan(20);
  });

  it.each([
    ["the index", (): string => index.digest],
    ["a platform", (): string => platform.digest],
    ["the evidence", (): string => evidence.digest],
  ])("tags nothing where the registry lost %s", async (_, lost) => {
    const to = new Watched();
    const open = to.open.bind(to);
    to.open = async (target) => {
      if (target.digest === lost()) await to.inner.delete(target);
      return open(target);
    };
    await expect(publishTo(to)).rejects.toMatchObject({ code: "publish-failed", retryable: true });
    expect(to.calls.filter((call) => call.startsWith("tag "))).toEqual([]);
  });
});
