import pLimit from "p-limit";
import { DeployError } from "../error.ts";
import type { Api } from "./api/api.ts";
import { ApiError } from "./api/error.ts";
import { withReplicas } from "./autoscaled.ts";
import { checkOwner } from "./desired.ts";
import { type Difference, differences } from "./differences.ts";
import { type KubeObject, refOf, titleOf } from "./object.ts";
import type { Session } from "./session.ts";

/** Requests that change nothing. */
export const AT_ONCE = 8;

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
  const limit = pLimit(AT_ONCE);
  return Promise.all(
    objects.map((object) =>
      limit(async () => {
        const live = await api.get(refOf(object), signal);
        checkOwner(live, environment, where);
        try {
          const changes = await changesOf(api, object, live, objects, signal);
          return { object, live, changes };
        } catch (error) {
          throw refusedOf(error, object, where);
        }
      }),
    ),
  );
}

/** What the server would change of what is there; nothing for what is not. */
export async function changesOf(
  api: Api,
  object: KubeObject,
  live: KubeObject | undefined,
  all: readonly KubeObject[],
  signal: AbortSignal,
): Promise<readonly Difference[]> {
  const wanted = await api.apply(withReplicas(object, live, all), { dryRun: true, force: true }, signal);
  return live === undefined ? [] : differences(live, wanted);
}

function refusedOf(error: unknown, object: KubeObject, where: string): unknown {
  if (!(error instanceof ApiError) || error.retryable || error.status === 401) return error;
  return new DeployError("refused", `${where}: ${titleOf(object)}: ${error.message}`, {
    cause: error,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  });
}
