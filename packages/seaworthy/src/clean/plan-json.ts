import type { Applied, Entry, RetentionPlan } from "@seaworthy/release";
import { terminalJson } from "../history/terminal-json.ts";

/** The plan whole, and what came of it where it was carried out. */
export function planJson(plan: RetentionPlan, applied?: Applied): string {
  const { name, goes, stays, broken, absent, waves, frees } = plan;
  return terminalJson({
    name,
    goes: goes.map(entryOf),
    stays: stays.map(entryOf),
    broken,
    absent: Object.fromEntries(absent),
    deletes: waves.flat().map(({ digest, tags }) => ({ digest, tags })),
    freed: [...frees.values()].reduce((sum, size) => sum + size, 0),
    ...(applied === undefined ? {} : { applied }),
  });
}

function entryOf({ at, ...entry }: Entry): object {
  return { ...entry, ...(at === undefined ? {} : { at: new Date(at).toISOString() }) };
}
