import type { ContentStore, Descriptor } from "@seaworthy/oci";
import type { Progress, StepResult } from "@seaworthy/builder";
import type { Filed } from "../filed.ts";
import { type Published, publish } from "../publish.ts";
import type { ReleaseRequest, ReleaseTools } from "../request.ts";
import { brief } from "./build.ts";

export interface Publishing {
  readonly from: ContentStore;
  readonly evidence: readonly Filed[];
  readonly progress: Progress;
}

export async function publishStage(
  target: Descriptor,
  { tags, forceTags = false }: Pick<ReleaseRequest, "tags" | "forceTags">,
  {
    repository,
    ancestry,
    signTags,
    signal,
  }: Pick<ReleaseTools, "repository" | "ancestry" | "signTags" | "signal">,
  { from, evidence, progress }: Publishing,
): Promise<StepResult<Published>> {
  const onSent = (done: number): void => progress({ type: "advance", id: "publish", done });
  const onRead = (done: number, total: number): void =>
    progress({ type: "advance", id: "publish", done, total });
  const value = await publish(target, {
    tags,
    forceTags,
    ancestry,
    evidence,
    from,
    to: repository,
    ...(signTags === undefined ? {} : { signTags: (to) => signTags(to, target, signal) }),
    onSent,
    onRead,
    signal,
  });
  for (const message of value.behind) progress({ type: "warning", message: `tag not moved: ${message}` });
  const moved = value.moves.filter(({ from: before, to }) => before !== to).map(({ tag }) => tag);
  if (moved.length > 0) return { value, note: `${moved.join(", ")} → ${brief(target)}` };
  const status = value.stats.sent === 0 ? "cached" : "done";
  return { value, status, note: tags.moves.length === 0 ? brief(target) : "every tag is there already" };
}
