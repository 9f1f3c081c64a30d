import type { Descriptor } from "@seaworthy/oci";
import type { StepResult } from "@seaworthy/builder";
import { type Happened, type ReleaseRecord, attachRecord, findRecords, recordOf } from "../record.ts";
import type { ReleaseTools } from "../request.ts";
import { isoTime } from "../time.ts";
import { passedOver } from "./verify.ts";

export interface Recorded {
  readonly record: ReleaseRecord;
  /** False where an earlier run wrote it. */
  readonly isNew: boolean;
}

/** A release that changed nothing has its record already. */
export async function recordStage(
  index: Descriptor,
  draft: Omit<Happened, "finishedAt">,
  tools: Pick<ReleaseTools, "repository" | "attach" | "signal" | "now" | "progress">,
): Promise<StepResult<Recorded>> {
  const { repository, attach, signal, now, progress } = tools;
  const { request, version, published } = draft;
  const moved = published.moves.some(({ from, to }) => from !== to);
  const onProblem = passedOver(progress);
  const [known] = moved ? [] : await findRecords(repository, index, { version, onProblem, signal });
  if (known !== undefined) {
    return { value: { record: known, isNew: false }, status: "cached", note: "recorded before" };
  }
  const record = recordOf({ ...draft, finishedAt: isoTime(now()) });
  await attachRecord(repository, index, { name: request.name, record, attach }, signal);
  return { value: { record, isNew: true }, note: "attached to the digest" };
}
