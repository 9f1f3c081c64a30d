import { Attempts, RETRY_POLICY } from "@seaworthy/oci";
import { BuilderError } from "../../error.ts";
import { located, placeIn } from "../blame.ts";
import type { Shop } from "../shop.ts";
import type { Exit } from "./execute.ts";
import { networkFault } from "./network-faults.ts";
import type { RunPlan } from "./plan-run.ts";

const RETRIES = 2;
/** Milliseconds: a mirror takes longer to come back than a connection. */
const [FIRST_DELAY, LONGEST_DELAY] = [2_000, 30_000];

/**
 * Runs a step until it succeeds, again only where its last lines say that the network was at fault: each time from what
 * was there before it, so that nothing of a failed run remains.
 * @throws BuilderError `run-failed`
 */
export async function runAgain(shop: Shop, plan: RunPlan, run: () => Promise<Exit>): Promise<void> {
  const retries = plan.instruction.network === "none" ? 0 : (shop.request.retries ?? RETRIES);
  const { line } = plan.instruction.range.start;
  const attempts = new Attempts({
    clock: shop.clock,
    policy: { ...RETRY_POLICY, attempts: retries + 1, firstDelay: FIRST_DELAY, longestDelay: LONGEST_DELAY },
    onRetry: ({ reason, attempt, delay }) => {
      const wait = (delay / 1000).toFixed(1);
      shop.warn(
        `${shop.file.file}:${line}: ${reason}; the step runs again in ${wait} s, retry ${attempt} of ${retries}`,
      );
    },
  });
  for (;;) {
    const exit = await run();
    if (exit.code === 0) return;
    const fault = networkFault(exit.lastLines);
    if (fault === undefined) throw failed(shop, plan, exit, attempts.made + 1);
    if (await attempts.again(`${fault.tool} says ${JSON.stringify(fault.line)}`, undefined, shop.signal))
      continue;
    throw failed(shop, plan, exit, attempts.made, fault.tool);
  }
}

/** @param tool that found the network at fault, for the last time */
function failed(
  shop: Shop,
  { instruction }: RunPlan,
  { code, lastLines }: Exit,
  times: number,
  tool?: string,
): BuilderError {
  const tried = times === 1 ? "" : `, tried ${times} times`;
  const output =
    lastLines.length === 0
      ? "it printed nothing"
      : `its last lines:\n${lastLines.map((text) => `  ${text}`).join("\n")}`;
  return new BuilderError(
    "run-failed",
    `${located(shop.file, instruction.range, `RUN exited ${code}${tried}`)}\n${output}`,
    {
      place: placeIn(shop.file, instruction.range),
      ...adviceOn(tool),
    },
  );
}

function adviceOn(tool: string | undefined): { readonly hint: string; readonly retryable?: true } {
  if (tool === undefined) {
    return { hint: "mend the command; what was built before it is kept and will not run again" };
  }
  return {
    retryable: true,
    hint: `${tool} could not reach what it needs: try again later, or look at the network of this machine; what was built before is kept`,
  };
}
