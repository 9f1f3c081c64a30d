import { join } from "node:path";
import { expect, it } from "vitest";
import { type Rig, IMAGES, openRig } from "../../test/kubernetes/rig.ts";
import type { ApplyOptions } from "../target.ts";
import { UnhealthyError } from "../unhealthy.ts";

const OVERLAY = join(import.meta.dirname, "../../../../deploy/kubernetes/overlays/production");
const { signal } = new AbortController();
const options = (as: ApplyOptions["as"] = "deploy"): ApplyOptions => ({
  who: "ada",
  as,
  progress: () => undefined,
  signal,
});
const target = (rig: Rig) =>
  rig.open({ manifests: OVERLAY, images: ["infinite-scribe/backend"], hold: 0, within: 10_000 });

it("brings the reference system up, keeps it where the next one fails, and rolls it back", async () => {
  await using rig = await openRig();
  const shop = target(rig);
  await shop.apply(IMAGES.one, options());
  const { services, drift } = await shop.status(signal);
  expect(services).toHaveLength(11);
  expect(services.every(({ state, digest }) => state === "healthy" && digest === IMAGES.one.digest)).toBe(
    true,
  );
  expect(drift).toEqual([]);
  expect(new Set((await shop.plan(IMAGES.one, signal)).map(({ does }) => does))).toEqual(new Set(["keep"]));

  await expect(shop.apply(IMAGES.crashing, options())).rejects.toBeInstanceOf(UnhealthyError);
  await shop.revert(options());
  expect((await shop.status(signal)).services.every(({ digest }) => digest === IMAGES.one.digest)).toBe(true);

  await shop.apply(IMAGES.two, options());
  await shop.apply(IMAGES.one, options("rollback"));
  expect(rig.serving("agent-writer")).toBe("one");
  expect(rig.api.store.all("ConfigMap", "shop")).toHaveLength(2);
});
