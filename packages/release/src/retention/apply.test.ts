import type { Digest } from "@seaworthy/oci";
import { expect, it } from "vitest";
import { NOW } from "../../test/any-repository.ts";
import { MemoryShelf } from "../../test/memory-shelf.ts";
import { type ApplyOptions, applyPlan } from "./apply.ts";
import { type RetentionPlan, planRetention } from "./plan.ts";
import { survey } from "./survey.ts";
import { type UndoRecord, leftBy, parseUndo } from "./undo.ts";

const { signal } = new AbortController();
const d = (at: number): Digest => `sha256:${String(at).repeat(64)}` as Digest;

/** Two images of two platforms each, old and without a rule that keeps them. */
function repository(): MemoryShelf {
  const shelf = new MemoryShelf();
  const put = (at: number, children: readonly number[], tag?: string): void => {
    shelf.manifests.set(d(at), { size: 1, children: children.map(d), contents: [] });
    shelf.times.set(d(at), 0);
    if (tag !== undefined) shelf.tags.set(tag, d(at));
  };
  for (const at of [1, 2, 4, 5]) put(at, []);
  put(3, [1, 2], "a");
  put(6, [4, 5], "b");
  return shelf;
}

const policy = { newest: 0, rollbacks: 1, untagged: 1, rules: [] };
const planOf = async (shelf: MemoryShelf): Promise<RetentionPlan> =>
  planRetention(await survey(shelf, { signal }), { policy, deployed: [], protect: new Map(), now: NOW });

async function apply(shelf: MemoryShelf, more: Partial<ApplyOptions> = {}) {
  const replan = () => planOf(shelf);
  return applyPlan(shelf, await planOf(shelf), { replan, remember: async () => {}, signal, ...more });
}

it("keeps what belongs to a version that the place refuses to delete, and deletes the others", async () => {
  const shelf = repository();
  shelf.stubborn.add(d(3));
  const { deleted, skipped, refused } = await apply(shelf);
  expect(refused).toMatchObject([{ digest: d(3), why: "does not want to" }]);
  expect(skipped.map(({ digest }) => digest).toSorted()).toEqual([d(1), d(2)]);
  expect(deleted.map(({ digest }) => digest).toSorted()).toEqual([d(4), d(5), d(6)]);
});

it("deletes nothing before what goes is remembered, in the order in which it goes", async () => {
  const shelf = repository();
  let remembered: readonly Digest[] = [];
  await apply(shelf, {
    async remember(versions) {
      expect(shelf.deleted).toEqual([]);
      remembered = versions.map(({ digest }) => digest);
    },
  });
  expect(shelf.deleted).toEqual(remembered);
  const failing = repository();
  const remember = async (): Promise<void> => {
    throw new Error("disk full");
  };
  await expect(apply(failing, { remember })).rejects.toThrow("disk full");
  expect(failing.deleted).toEqual([]);
});

it("remembers nothing where nothing goes", async () => {
  const remember = async (): Promise<void> => expect.unreachable();
  expect(await apply(new MemoryShelf(), { remember })).toMatchObject({ deleted: [] });
});

const record = (digest: Digest, finished: boolean, image = "acme/web"): UndoRecord => ({
  image,
  at: "",
  finished,
  versions: [{ digest, tags: [] }],
});

it("of runs that were interrupted knows what they left, until one comes to its end", () => {
  const interrupted = [
    record(d(1), false),
    record(d(2), true),
    record(d(3), false),
    record(d(4), false, "other"),
  ];
  expect(leftBy(interrupted, "acme/web")).toEqual([d(3)]);
  expect(leftBy([...interrupted, record(d(5), true)], "acme/web")).toEqual([]);
});

it.each([
  "",
  "[]",
  "null",
  '{"version":2}',
  '{"version":1,"image":"a","at":"","finished":"no","versions":[]}',
])("refuses %j as what was deleted", (text) => {
  expect(() => parseUndo(text, "undo.json")).toThrow(
    'undo.json: expected what "seaworthy clean --apply" wrote',
  );
});
