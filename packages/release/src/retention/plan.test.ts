import type { Digest } from "@seaworthy/oci";
import { describe, expect, it } from "vitest";
import { DAY, NOW } from "../../test/any-repository.ts";
import { MemoryShelf } from "../../test/memory-shelf.ts";
import type { Deployment } from "../deployments/deployment.ts";
import type { Links } from "./links.ts";
import { type RetentionPlan, type Wishes, planRetention } from "./plan.ts";
import { DEFAULT_RULES, type RetentionPolicy } from "./policy.ts";
import { survey } from "./survey.ts";

const { signal } = new AbortController();
const policy: RetentionPolicy = { newest: 1, rollbacks: 2, untagged: DAY, rules: DEFAULT_RULES };
const wishes: Wishes = { policy, deployed: [], protect: new Map(), now: NOW };

/** A digest that can be read in messages. */
const d = (name: string): Digest => `sha256:${Buffer.from(name).toString("hex").padEnd(64, "0")}` as Digest;

/** One manifest: what it points at by name, its tags, and how many days ago it came. */
function put(
  shelf: MemoryShelf,
  name: string,
  {
    tags = [],
    days = 100,
    children = [],
    subject,
    contents = [],
  }: {
    readonly tags?: readonly string[];
    readonly days?: number | undefined;
    readonly children?: readonly string[];
    readonly subject?: string;
    readonly contents?: Links["contents"];
  },
): void {
  const about = subject === undefined ? {} : { subject: d(subject) };
  shelf.manifests.set(d(name), { size: 10, children: children.map(d), contents, ...about });
  shelf.times.set(d(name), NOW - days * DAY);
  for (const tag of tags) shelf.tags.set(tag, d(name));
}

const plan = async (shelf: MemoryShelf, more: Partial<Wishes> = {}): Promise<RetentionPlan> =>
  planRetention(await survey(shelf, { signal }), { ...wishes, ...more });

const why = (lines: RetentionPlan["goes"]): object =>
  Object.fromEntries(lines.map(({ tags, digest, why: reasons }) => [tags.join(" ") || digest, reasons]));

describe("by the plan's own rules", () => {
  it("fault 15: versions stay for ever, commits, branches and pull requests a month, of age the newest alone", async () => {
    const shelf = new MemoryShelf();
    put(shelf, "a", { tags: ["main-4b35282"], days: 40 });
    put(shelf, "b", { tags: ["main-1a2b3c4", "main"], days: 35 });
    put(shelf, "c", { tags: ["main-2a2b3c4"], days: 29 });
    put(shelf, "d", { tags: ["v1.2.3"], days: 900 });
    put(shelf, "e", { tags: ["2.0.0-rc.1"], days: 900 });
    put(shelf, "f", { tags: ["pr-7"], days: 31 });
    put(shelf, "g", { tags: ["latest"], days: 500 });
    put(shelf, "h", { tags: ["pr-8"], days: 1 });
    const { goes, stays } = await plan(shelf);
    expect(why(goes)).toEqual({
      "pr-7": ["older than 30 days"],
      "main main-1a2b3c4": ["older than 30 days"],
      "main-4b35282": ["older than 30 days"],
    });
    expect(why(stays)).toEqual({
      "pr-8": ["younger than 30 days"],
      "main-2a2b3c4": ["one of the newest 1", "younger than 30 days"],
      latest: ["latest for ever"],
      "v1.2.3": ["v1.2.3 for ever"],
      "2.0.0-rc.1": ["2.0.0-rc.1 for ever"],
    });
  });

  it("the first rule that matches a tag decides, and the newest of a pattern stay however old", async () => {
    const shelf = new MemoryShelf();
    for (const at of [1, 2, 3, 4]) put(shelf, `${at}`, { tags: [`edge-${at}`], days: 100 + at });
    put(shelf, "v", { tags: ["v1.0.0"], days: 3 });
    const rules = [{ tags: ["edge-*"], newest: 2 }, { tags: ["<version>"], for: DAY }, ...DEFAULT_RULES];
    const { goes } = await plan(shelf, { policy: { ...policy, newest: 0, rules } });
    expect(why(goes)).toEqual({
      "v1.0.0": ["older than 1 day"],
      "edge-3": ["not one of the newest 2 of edge-*"],
      "edge-4": ["not one of the newest 2 of edge-*"],
    });
  });

  it("fault 13: what has no tag goes after its time of grace, unless something that stays lists it", async () => {
    const shelf = new MemoryShelf();
    put(shelf, "amd64", {});
    put(shelf, "index", { tags: ["v1.0.0"], children: ["amd64"] });
    put(shelf, "nobody's", {});
    put(shelf, "under way", { days: 0.5 });
    const { goes, stays, waves } = await plan(shelf);
    expect(why(goes)).toEqual({ [d("nobody's")]: ["no tag"] });
    expect(why(stays)).toMatchObject({ [d("under way")]: ["no tag yet: may be under way"] });
    expect(waves.flat().map(({ digest }) => digest)).toEqual([d("nobody's")]);
  });

  it("what nobody can date stays", async () => {
    const shelf = new MemoryShelf();
    put(shelf, "a", { tags: ["main-4b35282"] });
    put(shelf, "b", {});
    shelf.times.clear();
    const { goes, stays } = await plan(shelf);
    expect(goes).toEqual([]);
    expect(stays.map(({ why: reasons }) => reasons)).toEqual([
      ["its age is not known"],
      ["its age is not known"],
    ]);
  });
});

const deployment: Deployment = {
  environment: "production",
  target: { kind: "kubernetes", where: "production/web" },
  version: "1",
  at: "2026-01-01T00:00:00Z",
  outcome: "healthy",
  by: "deploy",
  who: "ada",
};
const deployed = (name: string, day: number, more: Partial<Deployment> = {}) => ({
  digest: d(name),
  deployment: { ...deployment, at: `2026-03-${String(day).padStart(2, "0")}T00:00:00Z`, ...more },
});

describe("P6: what is deployed", () => {
  const shelf = new MemoryShelf();
  for (const name of ["a", "b", "c", "d", "e", "f"]) put(shelf, name, { tags: [`main-${name}`], days: 200 });
  const asked = (list: Wishes["deployed"], protect: Wishes["protect"] = new Map()) =>
    plan(shelf, { deployed: list, protect, policy: { ...policy, newest: 0 } });

  it("fault 16: stays, with the last good ones before it, distinct and however often they were deployed", async () => {
    const { stays } = await asked([
      deployed("a", 1),
      deployed("b", 2),
      deployed("c", 3),
      deployed("d", 4, { outcome: "failed" }),
      deployed("e", 5),
      deployed("c", 6, { by: "rollback" }),
    ]);
    expect(why(stays)).toEqual({
      "main-c": ["deployed in production"],
      "main-e": ["rollback of production, 1 back"],
      "main-b": ["rollback of production, 2 back"],
    });
  });

  it("stays in every environment by itself", async () => {
    const { stays } = await asked([
      deployed("a", 1),
      deployed("b", 2, { environment: "staging" }),
      deployed("f", 9, { environment: "staging", outcome: "failed" }),
    ]);
    expect(why(stays)).toEqual({ "main-a": ["deployed in production"], "main-b": ["deployed in staging"] });
  });

  it("stays where the place that runs it says so, by the platform that it runs", async () => {
    const other = new MemoryShelf();
    put(other, "amd64", { days: 200 });
    put(other, "arm64", { days: 200 });
    put(other, "index", { tags: ["main-4b35282"], days: 200, children: ["amd64", "arm64"] });
    const protect = new Map([
      [d("amd64"), ["runs in staging"]],
      [d("gone"), ["runs in production"]],
    ]);
    const { stays, goes, absent } = await plan(other, { protect, policy: { ...policy, newest: 0 } });
    expect(goes).toEqual([]);
    expect(why(stays)).toEqual({
      "main-4b35282": [expect.stringMatching(/^runs in staging \(by \w{12}\)$/) as string],
    });
    expect([...absent]).toEqual([[d("gone"), ["runs in production"]]]);
  });
});

describe("P1: what belongs to something", () => {
  it("goes with it: nested indexes, referrers of referrers, lists of referrers, cosign's tags", async () => {
    const shelf = new MemoryShelf();
    put(shelf, "shared", {});
    put(shelf, "old amd64", {});
    put(shelf, "old inner", { children: ["old amd64", "shared"] });
    put(shelf, "old", { tags: ["main-4b35282"], children: ["old inner"] });
    put(shelf, "sbom", { subject: "old amd64" });
    put(shelf, "signature of sbom", { subject: "sbom" });
    put(shelf, "list", { tags: [`sha256-${d("old amd64").slice(7)}`], children: ["sbom"] });
    put(shelf, "cosign", { tags: [`sha256-${d("old").slice(7)}.sig`], days: 0 });
    put(shelf, "young", { tags: ["main"], days: 1, children: ["shared"] });
    const { goes, waves } = await plan(shelf);
    expect(goes).toMatchObject([{ tags: ["main-4b35282"], with: 6 }]);
    const order = waves.flat().map(({ digest }) => digest);
    expect(order).toHaveLength(7);
    expect(order).not.toContain(d("shared"));
    for (const [first, second] of [
      ["old", "old inner"],
      ["old inner", "old amd64"],
      ["old amd64", "list"],
      ["list", "sbom"],
    ] as const) {
      expect(order.indexOf(d(first))).toBeLessThan(order.indexOf(d(second)));
    }
  });

  it("of tags that share a digest one is enough for all to stay", async () => {
    const shelf = new MemoryShelf();
    put(shelf, "newest", { tags: ["main"], days: 1 });
    put(shelf, "a", { tags: ["main-4b35282", "v1.0.0"], days: 90 });
    expect((await plan(shelf)).goes).toEqual([]);
  });

  it("goes as an orphan where that is gone, and what was broken before is told", async () => {
    const shelf = new MemoryShelf();
    put(shelf, "orphan", { subject: "gone" });
    put(shelf, "cosign", { tags: [`sha256-${d("gone").slice(7)}.att`] });
    put(shelf, "broken", { tags: ["v1.0.0"], children: ["lost"] });
    shelf.tags.set("v2.0.0", d("nothing"));
    const { goes, broken } = await plan(shelf);
    expect(goes.map(({ why: reasons }) => reasons)).toEqual([
      ["what it is about is gone"],
      ["what it is about is gone"],
    ]);
    expect(broken).toEqual([
      { digest: d("broken"), tags: ["v1.0.0"], missing: [d("lost")] },
      { digest: d("nothing"), tags: ["v2.0.0"], missing: [d("nothing")] },
    ]);
  });

  it("counts shared content once, and not where something that stays has it", async () => {
    const shelf = new MemoryShelf();
    const layer = (name: string) => ({ digest: d(name), size: 1_000 });
    put(shelf, "a", { tags: ["main-1"], contents: [layer("base"), layer("both"), layer("a only")] });
    put(shelf, "b", { tags: ["main-2"], contents: [layer("base"), layer("both")], days: 101 });
    put(shelf, "c", { tags: ["main"], contents: [layer("base")], days: 1 });
    const { goes, frees } = await plan(shelf);
    expect(goes.map(({ tags, bytes }) => [tags[0], bytes])).toEqual([
      ["main-1", 2_010],
      ["main-2", 10],
    ]);
    expect([...frees.values()].reduce((sum, size) => sum + size, 0)).toBe(2_020);
  });
});

it("leaves a repository alone that cannot be read whole, by name", async () => {
  const shelf = new MemoryShelf();
  put(shelf, "a", { tags: ["main-4b35282"] });
  const { ReleaseError } = await import("../error.ts");
  shelf.read = async () => {
    throw new ReleaseError("retention", "GET registry.example: 500", { hint: "ask its keeper" });
  };
  await expect(plan(shelf)).rejects.toMatchObject({
    code: "retention",
    message: "memory: cannot be read whole, so nothing is deleted: GET registry.example: 500",
    hint: "ask its keeper",
  });
});
