import type { Descriptor } from "@seaworthy/oci";
import type { BuildResult, Progress, StepResult } from "@seaworthy/builder";
import type { ReleaseRequest, ReleaseTools } from "../request.ts";

export async function buildStage(
  { build }: ReleaseRequest,
  { engine, signal }: ReleaseTools,
  progress: Progress,
): Promise<StepResult<BuildResult>> {
  const value = await engine.build(build, progress, signal);
  const { cached, total } = value.steps;
  const note = `${brief(value.index)}, ${cached} of ${total} steps cached`;
  return { value, ...(cached === total && total > 0 ? { status: "cached" } : {}), note };
}

/** For people: enough to tell one from another. */
export function brief({ digest }: Pick<Descriptor, "digest">): string {
  return digest.slice(0, "sha256:".length + 12);
}
