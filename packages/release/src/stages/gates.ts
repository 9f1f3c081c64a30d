import type { StepResult } from "@seaworthy/builder";
import type { GateResult, GateSubject } from "../gates/gate.ts";
import { askGates, refuseBy } from "../gates/pass-gates.ts";
import { findPrevious } from "../gates/previous.ts";
import type { ReleaseRequest, ReleaseTools } from "../request.ts";
import { passedOver } from "./verify.ts";

/**
 * The last word before anything leaves the machine. Asked in every run: gates may look at what changes without the
 * digest.
 * @throws ReleaseError `refused`
 */
export async function gatesStage(
  subject: Omit<GateSubject, "previous">,
  { gates, tags }: ReleaseRequest,
  {
    repository,
    progress,
    signal,
    onAnswers,
  }: Pick<ReleaseTools, "repository" | "progress" | "signal" | "onAnswers">,
): Promise<StepResult<readonly GateResult[]>> {
  const onProblem = passedOver(progress);
  const previous = await findPrevious(repository, tags, { digest: subject.digest, onProblem, signal });
  const known = previous === undefined ? subject : { ...subject, previous };
  const value = await askGates(gates, known, signal);
  onAnswers?.({ gates: value });
  refuseBy(value);
  return { value, note: `${value.length} ${value.length === 1 ? "answer" : "answers"}, none refuses` };
}
