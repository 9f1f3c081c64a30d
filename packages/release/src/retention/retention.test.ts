import type { Digest } from "@seaworthy/oci";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AnyRepository, anyRepository } from "../../test/any-repository.ts";
import type { MemoryShelf } from "../../test/memory-shelf.ts";
import { applyPlan } from "./apply.ts";
import { type RetentionPlan, planRetention } from "./plan.ts";
import { survey } from "./survey.ts";

const { signal } = new AbortController();
/** Of each property; ten thousand in all. */
const RUNS = 2_000;

const planFor = async (
  shelf: MemoryShelf,
  { wishes }: AnyRepository,
  left: readonly Digest[] = [],
): Promise<RetentionPlan> =>
  planRetention(await survey(shelf, { also: left, signal }), { ...wishes, left: new Set(left) });

/** @returns what it set out to delete */
async function clean(
  shelf: MemoryShelf,
  any: AnyRepository,
  { shown, left = [] }: { readonly shown?: RetentionPlan; readonly left?: readonly Digest[] } = {},
): Promise<RetentionPlan> {
  const plan = shown ?? (await planFor(shelf, any, left));
  await applyPlan(shelf, plan, {
    replan: () => planFor(shelf, any, left),
    remember: async () => {},
    signal,
  });
  return plan;
}

const holds = (check: (any: AnyRepository, chance: number) => Promise<void>): Promise<void> =>
  fc.assert(fc.asyncProperty(anyRepository, fc.nat(1000), check), { numRuns: RUNS });

/** What a pull of it gets, and what is known about that: said again here, in another way than in the graph. */
function reach(shelf: MemoryShelf, from: Digest, found = new Set<Digest>()): Set<Digest> {
  const manifest = shelf.manifests.get(from);
  if (manifest === undefined || found.has(from)) return found;
  found.add(from);
  for (const child of manifest.children) reach(shelf, child, found);
  for (const [digest, { subject }] of shelf.manifests) if (subject === from) reach(shelf, digest, found);
  for (const [tag, digest] of shelf.tags) {
    if (tag.startsWith(`sha256-${from.slice(7)}`)) reach(shelf, digest, found);
  }
  return found;
}

/** Whether something belongs to itself. */
function isCircular(shelf: MemoryShelf): boolean {
  const belonging = (from: Digest): readonly Digest[] => [
    ...(shelf.manifests.get(from)?.children ?? []),
    ...[...shelf.manifests].flatMap(([digest, { subject }]) => (subject === from ? [digest] : [])),
    ...[...shelf.tags].flatMap(([tag, digest]) =>
      tag.startsWith(`sha256-${from.slice(7)}`) ? [digest] : [],
    ),
  ];
  return [...shelf.manifests.keys()].some((from) =>
    belonging(from).some((next) => next === from || reach(shelf, next).has(from)),
  );
}

/** The digests that the environments need, the newest first, at most `rollbacks` behind the first. */
function neededIn({ wishes: { deployed, policy, protect } }: AnyRepository): ReadonlySet<Digest> {
  const needed = new Set(protect.keys());
  for (const environment of ["staging", "production"]) {
    const good = deployed
      .filter(({ deployment }) => deployment.environment === environment && deployment.outcome === "healthy")
      .toSorted((a, b) =>
        a.deployment.at < b.deployment.at ? 1 : a.deployment.at > b.deployment.at ? -1 : 0,
      );
    const order: Digest[] = [];
    for (const { digest } of good) if (!order.includes(digest)) order.push(digest);
    for (const digest of order.slice(0, policy.rollbacks + 1)) needed.add(digest);
  }
  return needed;
}

describe("P1: of any repository", () => {
  it("what stays can be pulled as before, with all that is known about it", () =>
    holds(async (any) => {
      const [before, after] = [any.open(), any.open()];
      const plan = await clean(after, any);
      for (const { digest } of plan.stays) expect(reach(after, digest)).toEqual(reach(before, digest));
      for (const digest of after.tags.values()) expect(reach(after, digest)).toEqual(reach(before, digest));
    }));

  it("nothing that is there lists what is gone, wherever a run is broken off, and the next one ends it", () =>
    holds(async (any, patience) => {
      const before = any.open();
      const shelf = any.open();
      const plan = await planFor(shelf, any);
      shelf.patience = patience % 8;
      await clean(shelf, any, { shown: plan }).catch(() => undefined);
      for (const { children } of shelf.manifests.values()) {
        for (const child of children) expect(shelf.manifests.has(child)).toBe(before.manifests.has(child));
      }
      shelf.patience = Number.POSITIVE_INFINITY;
      await clean(shelf, any, { left: plan.waves.flat().map(({ digest }) => digest) });
      const whole = any.open();
      await clean(whole, any);
      expect([...shelf.manifests.keys()].filter((digest) => !whole.manifests.has(digest))).toEqual([]);
      // In a circle, as a tag can make one, it is hidden what belongs to what: there a broken run may have opened it.
      const rest = isCircular(before) ? shelf : whole;
      expect(new Set(shelf.manifests.keys())).toEqual(new Set(rest.manifests.keys()));
    }));

  it("what somebody names or lists between plan and deletion stays, and so does what the place does not give", () =>
    holds(async (any, chance) => {
      const shelf = any.open();
      const plan = await planFor(shelf, any);
      const picked = any.digests[chance % any.digests.length]!;
      const listed = any.digests[(chance >> 3) % any.digests.length]!;
      if (chance % 3 === 0) shelf.stubborn.add(picked);
      else if (chance % 3 === 1) shelf.tags.set("v9.9.9", picked);
      const index = `sha256:${"f".repeat(64)}` as Digest;
      shelf.manifests.set(index, { size: 1, children: [listed], contents: [] });
      shelf.times.set(index, any.wishes.now);
      const seen = { manifests: new Map(shelf.manifests), tags: new Map(shelf.tags) } as MemoryShelf;
      await clean(shelf, any, { shown: plan });
      const named = chance % 3 === 1 ? [picked] : [];
      for (const digest of [index, ...named, ...neededIn(any)]) {
        expect([...reach(seen, digest)].filter((each) => !shelf.manifests.has(each))).toEqual([]);
      }
      const refused = chance % 3 === 0 ? (seen.manifests.get(picked)?.children ?? []) : [];
      const there = (held: MemoryShelf) => refused.filter((child) => held.manifests.has(child));
      expect(there(shelf)).toEqual(there(seen));
    }));

  it("a second run finds nothing to do", () =>
    holds(async (any) => {
      const shelf = any.open();
      await clean(shelf, any);
      expect((await planFor(shelf, any)).waves).toEqual([]);
    }));
});

it("P6: nothing that is deployed or that a rollback needs ever goes, whatever the policy says", () =>
  holds(async (any) => {
    const [before, after] = [any.open(), any.open()];
    await clean(after, any);
    for (const digest of neededIn(any)) expect(reach(after, digest)).toEqual(reach(before, digest));
  }));
