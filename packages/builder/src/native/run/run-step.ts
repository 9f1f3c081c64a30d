import { randomUUID } from "node:crypto";
import type { RunInstruction } from "@seaworthy/dockerfile";
import { type Layer, layerIdIn } from "../image/layer.ts";
import { keyOf } from "../key.ts";
import type { Made, RunOutcome, Shop } from "../shop.ts";
import type { StageState } from "../state.ts";
import { execute } from "./execute.ts";
import { takeLocks } from "./locks.ts";
import { type RunPlan, planRun } from "./plan-run.ts";
import { runAgain } from "./run-again.ts";
import { refuseForeign, refuseRun } from "./refuse-run.ts";

/** The layer a RUN makes, and whether it was made before. */
export async function runLayer(
  shop: Shop,
  state: StageState,
  instruction: RunInstruction,
  eventId: string,
): Promise<Made> {
  refuseRun(shop.file, instruction);
  const plan = await planRun(shop, state, instruction);
  const { id, cached } = await shop.runs(plan.key, () => outcomeOf(shop, plan, eventId));
  const layer: Layer = {
    id,
    source: { kind: "snapshot", parents: state.layers, epoch: shop.request.epoch },
  };
  return { layer, cached };
}

/** A snapshot is there as a whole or not at all, so having it is proof that the step succeeded. */
async function outcomeOf(shop: Shop, plan: RunPlan, eventId: string): Promise<RunOutcome> {
  const { key, state, instruction } = plan;
  const again = shop.request.noCache === true;
  if (!again) {
    const id = layerIdIn(shop.records.get("run", key)) ?? key;
    if (shop.snapshots().has(id)) return { id, cached: true };
  }
  const unable = shop.cannotRun(state.platform);
  if (unable !== undefined) refuseForeign(shop.file, instruction, state.platform, unable);
  // A snapshot is never replaced: what a step made when it was run again gets a name of its own.
  const id = again ? keyOf({ op: "again", key, nonce: randomUUID() }) : key;
  await runAgain(shop, plan, async () => {
    using _held = await takeLocks(
      plan.mounts.flatMap(({ lock }) => lock ?? []),
      shop,
    );
    return await shop.limit(() => execute(shop, plan, id, eventId));
  });
  if (again || shop.records.get("run", key) !== undefined) shop.records.put("run", key, { layer: id });
  return { id, cached: false };
}
