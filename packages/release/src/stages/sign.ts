import type { Descriptor, Repository } from "@seaworthy/oci";
import type { Filed } from "../filed.ts";
import type { ReleaseTools } from "../request.ts";
import { type StageTime, stage } from "./stage.ts";

/** After the last gate and before anything leaves the machine: what is refused is never signed. */
export async function signStage(
  repository: Repository,
  image: Descriptor,
  tools: Pick<ReleaseTools, "sign" | "progress" | "signal">,
  times: StageTime[],
): Promise<readonly Filed[]> {
  const { sign, signal } = tools;
  if (sign === undefined) return [];
  return stage(tools, times, "sign", async () => {
    const value = await sign(repository, image, signal);
    return { value, note: `${value.length} signatures` };
  });
}
