import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LayerVisitor, visitLayers } from "@seaworthy/evidence";
import { type ContentStore, type StoredImage, memoryStore } from "@seaworthy/oci";
import { afterEach, beforeEach, expect, it } from "vitest";
import { file, imageOf } from "../../../evidence/test/image.ts";
import { inventoriesOf } from "./inventories.ts";

const never = new AbortController().signal;
let cacheDir: string;
let store: ContentStore;
let image: StoredImage;
let reads: number;

beforeEach(async () => {
  cacheDir = mkdtempSync(join(tmpdir(), "seaworthy-inventories-"));
  store = memoryStore();
  const readme = JSON.stringify({ name: "left-pad", version: "1.3.0" });
  image = await imageOf(store, [[file("node_modules/left-pad/package.json", readme)]]);
  reads = 0;
  const open = store.open.bind(store);
  store.open = (...args) => {
    reads += 1;
    return open(...args);
  };
});
afterEach(() => rmSync(cacheDir, { recursive: true }));

const pass = (along: readonly LayerVisitor[]): Promise<void> => visitLayers(store, image, along);
const names = async (inventories = inventoriesOf({ cacheDir })): Promise<readonly string[]> =>
  (await inventories.take(store, image, never)).packages.map(({ name }) => name);

it("reads an image once, in this run and in those after it", async () => {
  expect(await names()).toEqual(["left-pad"]);
  expect(await names()).toEqual(["left-pad"]);
  expect(reads).toBe(1);
});

it("takes the inventory in the pass of somebody else, and who asks meanwhile waits for it", async () => {
  const inventories = inventoriesOf({ cacheDir });
  const begun = Promise.withResolvers<void>();
  const during = inventories.during(image, async (along) => {
    begun.resolve();
    await pass(along);
    return "done";
  });
  await begun.promise;
  expect(await names(inventories)).toEqual(["left-pad"]);
  expect(await during).toBe("done");
  expect(await names()).toEqual(["left-pad"]);
  expect(reads).toBe(1);
});

it("adds nothing to a pass where the inventory is known", async () => {
  await names();
  expect(await inventoriesOf({ cacheDir }).during(image, (along) => Promise.resolve(along))).toEqual([]);
});

it("reads for itself where the pass that it waited for fails", async () => {
  const inventories = inventoriesOf({ cacheDir });
  const begun = Promise.withResolvers<void>();
  const broken = inventories.during(image, async () => {
    begun.resolve();
    await new Promise(setImmediate);
    throw new Error("a rule found no end");
  });
  await begun.promise;
  const [failure, found] = await Promise.allSettled([broken, names(inventories)]);
  expect(failure).toMatchObject({ reason: new Error("a rule found no end") });
  expect(found).toMatchObject({ value: ["left-pad"] });
});

it("is one for a run", () => {
  const machine = { cacheDir };
  expect(inventoriesOf(machine)).toBe(inventoriesOf(machine));
  expect(inventoriesOf({ cacheDir })).not.toBe(inventoriesOf(machine));
});
