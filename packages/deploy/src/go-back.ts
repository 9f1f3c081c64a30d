import { type Progress, step } from "@seaworthy/builder";
import { SeaworthyError } from "@seaworthy/oci";
import type { Environment } from "./environment.ts";
import { DeployError } from "./error.ts";
import type { TargetStatus } from "./target.ts";
import { UnhealthyError } from "./unhealthy.ts";

export interface GoingBack {
  readonly environment: Environment;
  /** What was there before. */
  readonly before: TargetStatus;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Puts back what ran before, and gives the error that tells both: why, and what runs now. */
export async function goBack(
  cause: unknown,
  { environment: { name, target, backWithin }, before, progress, signal }: GoingBack,
): Promise<DeployError> {
  const was = before.current?.image.version;
  const options = { progress, signal: AbortSignal.any([signal, AbortSignal.timeout(backWithin)]) };
  let now: string;
  let hint = cause instanceof SeaworthyError ? cause.hint : undefined;
  try {
    await step(progress, { id: "back", name: "back" }, async () => {
      await target.revert(options);
      return { value: undefined, note: was === undefined ? "nothing ran before" : `${was} serves` };
    });
    now = was === undefined ? "nothing ran there before, and nothing does now" : `${was} serves again`;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    now = `and what ran before (${was ?? "nothing"}) could not be put back within ${backWithin / 1_000} s: ${why}`;
    hint = `look at it now: seaworthy status ${name}; then seaworthy rollback ${name}`;
  }
  return new FailedDeployment(cause, now, hint);
}

/** A deployment that failed; `cause` is why. */
export class FailedDeployment extends DeployError {
  constructor(cause: unknown, now: string, hint: string | undefined) {
    const code = cause instanceof DeployError ? cause.code : "target";
    const message = cause instanceof Error ? cause.message : String(cause);
    super(code, `${message}\n${now}`, { cause, ...(hint === undefined ? {} : { hint }) });
  }

  /** Everything that the services said. */
  get reports(): UnhealthyError["reports"] {
    return this.cause instanceof UnhealthyError ? this.cause.reports : [];
  }
}
