import type { StepResult } from "@seaworthy/builder";
import type { GateResult } from "../gates/gate.ts";
import { refuseBy } from "../gates/pass-gates.ts";
import type { ReleaseRequest, ReleaseTools } from "../request.ts";

/** @throws ReleaseError `refused` */
export async function sourcesStage(
  { sources }: ReleaseRequest,
  { signal, onAnswers }: Pick<ReleaseTools, "signal" | "onAnswers">,
): Promise<StepResult<readonly GateResult[]>> {
  const value = (await Promise.all(sources.map((gate) => gate.check(signal)))).flat();
  onAnswers?.({ gates: value });
  refuseBy(value, "sources: nothing may be built from them");
  return { value, note: value.map(({ name, found }) => `${name}: ${found}`).join(", ") };
}
