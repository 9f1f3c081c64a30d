import { type Progress, step } from "@seaworthy/builder";
import { OciError, type Repository } from "@seaworthy/oci";
import { type CheckTools, checkImage } from "./check.ts";
import type { Environment } from "./environment.ts";
import { DeployError } from "./error.ts";
import { goBack } from "./go-back.ts";
import { tooLate } from "./too-late.ts";
import { UnhealthyError } from "./unhealthy.ts";
import type { DeployedImage, ServiceStatus, TargetStatus } from "./target.ts";

export interface DeployRequest {
  readonly image: DeployedImage;
  readonly by: "deploy" | "rollback" | "promote";
  readonly who: string;
  /** Wait for whoever deploys there. */
  readonly wait: boolean;
  /** Go on although there is no way back. */
  readonly noWayBack: boolean;
}

export interface DeployTools extends Pick<CheckTools, "decide"> {
  /** Where images are published; also where what came of it is written down. */
  readonly repository: Repository;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export interface DeployResult {
  readonly image: DeployedImage;
  readonly replaced?: DeployedImage;
  /** False where it ran there already. */
  readonly changed: boolean;
  readonly services: readonly ServiceStatus[];
}

/**
 * Takes a digest to an environment: checked before anything changes, applied, watched until it is healthy; where it does
 * not become so, what ran before is put back within a time of its own.
 * @throws DeployError `refused`, `locked`; `unhealthy` and others after what ran before was put back
 */
export async function deploy(
  request: DeployRequest,
  environment: Environment,
  tools: DeployTools,
): Promise<DeployResult> {
  const { image, who, wait } = request;
  const { target } = environment;
  return target.exclusively(
    async (signal) => {
      const held = { ...tools, signal };
      const before = await target.status(signal);
      if (isDone(before, image)) return { image, changed: false, services: before.services };
      await step(tools.progress, { id: "check", name: "check" }, () =>
        check(request, environment, before, held),
      );
      const replaced = before.current?.image;
      await step(
        tools.progress,
        { id: "deploy", name: "deploy" },
        () => applied(request, environment, before, held),
        signal,
      );
      const { services } = await target.status(signal);
      return { image, changed: true, services, ...(replaced === undefined ? {} : { replaced }) };
    },
    { who, wait, signal: tools.signal },
  );
}

/** It runs there, all of it is well, and nothing else was begun. */
function isDone({ current, pending, services, drift }: TargetStatus, { digest }: DeployedImage): boolean {
  return (
    pending === undefined &&
    current?.image.digest === digest &&
    drift.length === 0 &&
    services.length > 0 &&
    services.every(({ state, digest: runs }) => state === "healthy" && (runs ?? digest) === digest)
  );
}

async function check(
  { image, by, noWayBack }: DeployRequest,
  { target, name }: Environment,
  { current, good }: TargetStatus,
  { repository, decide, signal }: DeployTools,
): Promise<{ readonly value: undefined; readonly note: string }> {
  const places = { target, repository, signal };
  const ranWell = by === "rollback" && good.some((each) => each.image.digest === image.digest);
  // Going back must be possible whatever the registry does and the policy says today: it ran well here.
  if (!ranWell)
    await checkImage(image, target, { repository, ...(decide === undefined ? {} : { decide }), signal });
  else if ((await isThere(image, places)) === false)
    throw nowhere(name, image, "name another one of its good versions");
  if (!noWayBack && current !== undefined && (await isThere(current.image, places)) === false) {
    throw nowhere(name, current.image, "publish it again, or deploy with --no-way-back");
  }
  return { value: undefined, note: ranWell ? "it ran well there" : "whole, and allowed" };
}

function nowhere(environment: string, { version, digest }: DeployedImage, hint: string): DeployError {
  const what = `${environment}: ${version} (${digest}) must be there to go back to`;
  return new DeployError("refused", `${what}; neither the target nor the registry has it`, { hint });
}

/** Undefined where nobody can say: a registry that is down must not stop what the target may well be able to do. */
async function isThere(
  image: DeployedImage,
  { target, repository, signal }: Pick<Environment, "target"> & Pick<DeployTools, "repository" | "signal">,
): Promise<boolean | undefined> {
  if ((await target.holds(image, signal)) === true) return true;
  try {
    return (await repository.resolve(image.digest, signal)) !== undefined;
  } catch (error) {
    if (error instanceof OciError && (error.code === "network" || error.retryable)) return undefined;
    throw error;
  }
}

async function applied(
  { image, by, who }: DeployRequest,
  environment: Environment,
  before: TargetStatus,
  { progress, signal }: DeployTools,
): Promise<{ readonly value: undefined; readonly note: string }> {
  const { target, within } = environment;
  const limit = AbortSignal.timeout(within);
  try {
    await target.apply(image, {
      who,
      as: by === "rollback" ? "rollback" : "deploy",
      progress: (event) => progress(event.type === "start" ? { ...event, parent: "deploy" } : event),
      signal: AbortSignal.any([signal, limit]),
    });
  } catch (error) {
    // Whoever interrupts it can go on, or back; what ran before serves as long.
    if (signal.aborted) throw error;
    const isLate = limit.aborted && !(error instanceof UnhealthyError);
    const cause = isLate ? await tooLate(environment, error) : error;
    throw await goBack(cause, { environment, before, progress, signal });
  }
  return { value: undefined, note: `${image.version} is healthy at ${target.where}` };
}
