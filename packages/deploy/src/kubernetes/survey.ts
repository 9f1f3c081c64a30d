import { DeployError } from "../error.ts";
import { ApiError } from "./api/error.ts";
import { withReplicas } from "./autoscaled.ts";
import { checkOwner } from "./desired.ts";
import { type Difference, differences } from "./differences.ts";
import { type KubeObject, refOf, titleOf } from "./object.ts";
import type { Session } from "./session.ts";

export interface Surveyed {
  readonly object: KubeObject;
  /** Undefined where it would be created. */
  readonly live: KubeObject | undefined;
  /** What would change, after the server's defaults and rewriting; empty for what is created. */
  readonly changes: readonly Difference[];
}

/**
 * What applying would do, by the server's own account (dry run): so nothing is different that is only written
 * differently, and what it would refuse is refused before anything changes.
 * @throws DeployError `refused`
 */
export async function survey(
  { api, environment, where }: Session,
  objects: readonly KubeObject[],
  signal: AbortSignal,
): Promise<readonly Surveyed[]> {
  const found: Surveyed[] = [];
  for (const object of objects) {
    const live = await api.get(refOf(object), signal);
    checkOwner(live, environment, where);
    try {
      const wanted = await api.apply(
        withReplicas(object, live, objects),
        { dryRun: true, force: true },
        signal,
      );
      found.push({ object, live, changes: live === undefined ? [] : differences(live, wanted) });
    } catch (error) {
      throw refusedOf(error, object, where);
    }
  }
  return found;
}

function refusedOf(error: unknown, object: KubeObject, where: string): unknown {
  if (!(error instanceof ApiError) || error.status >= 500 || error.status === 401 || error.status === 429)
    return error;
  return new DeployError("refused", `${where}: ${titleOf(object)}: ${error.message}`, {
    cause: error,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  });
}
