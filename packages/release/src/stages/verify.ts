import type { Descriptor, Repository, SeaworthyError } from "@seaworthy/oci";
import type { Progress, StepResult } from "@seaworthy/builder";
import type { ReleaseRequest, ReleaseTools } from "../request.ts";
import { type Verification, attachResult, findPassed, refusal, verifyKey } from "../verify/result.ts";
import { verifyPlatform } from "../verify/verify.ts";

/**
 * Every platform that this machine can run does what it must. A platform's digest that passed the same checks before is
 * not run again.
 * @throws ReleaseError `refused` naming every check that failed
 */
export async function verifyStage(
  manifests: readonly Descriptor[],
  request: ReleaseRequest,
  tools: ReleaseTools,
  { local, progress }: { readonly local: Repository; readonly progress: Progress },
): Promise<StepResult<readonly Verification[]>> {
  const { name, verify, cannotRun } = request;
  const { attach, signal } = tools;
  const key = verifyKey(verify);
  const value: Verification[] = [];
  const failed: Parameters<typeof refusal>[0][number][] = [];
  let cached = 0;
  for (const manifest of manifests) {
    const reason = manifest.platform === undefined ? undefined : cannotRun(manifest.platform);
    const onProblem = passedOver(progress);
    const known = await findPassed(local, manifest, { key, cannotRun: reason, onProblem, signal });
    if (known !== undefined) {
      cached += 1;
      value.push(known);
      continue;
    }
    const result = await verifyPlatform(manifest, verify, { ...tools, cannotRun, progress });
    if (result.status === "failed") failed.push(result);
    else value.push(await attachResult(local, manifest, { name, key, result, attach }, signal));
  }
  if (failed.length > 0) throw refusal(failed);
  if (cached === value.length) return { value, status: "cached", note: "passed the same checks before" };
  const left = value.flatMap(({ result: { reason } }) =>
    reason === undefined ? [] : [`not run: ${reason}`],
  );
  return { value, ...(left.length === 0 ? {} : { note: left.join("; ") }) };
}

export function passedOver(progress: Progress): (problem: SeaworthyError) => void {
  return ({ message }) => progress({ type: "warning", message: `passed over ${message}` });
}
