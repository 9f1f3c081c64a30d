import type { Progress } from "@seaworthy/builder";
import { isReason } from "./api/error.ts";
import { withReplicas } from "./autoscaled.ts";
import { checkOwner } from "./desired.ts";
import { type KubeObject, refOf, titleOf } from "./object.ts";
import type { Session } from "./session.ts";

/**
 * Applies the objects one after another. What somebody else has set to something else is taken over, with a warning that
 * names it: a deployment, and more so a rollback, must not depend on what was edited by hand.
 */
export async function applyObjects(
  { api, environment, where }: Session,
  objects: readonly KubeObject[],
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  for (const object of objects) {
    signal.throwIfAborted();
    const live = await api.get(refOf(object), signal);
    checkOwner(live, environment, where);
    const wanted = withReplicas(object, live, objects);
    try {
      await api.apply(wanted, {}, signal);
    } catch (error) {
      if (!isReason(error, "Conflict")) throw error;
      const fields = error.conflicts.map(({ field, by }) => `${field} of ${by}`).join(", ");
      progress({
        type: "warning",
        message: `${where}: ${titleOf(object)}: took over ${fields || "fields of others"}`,
      });
      await api.apply(wanted, { force: true }, signal);
    }
  }
}
