import { DeployError } from "../error.ts";
import type { ApplyOptions } from "../target.ts";
import { isReason } from "./api/error.ts";
import { PRUNED_KINDS, inOrder } from "./kinds.ts";
import { environmentSelector } from "./labels.ts";
import { type KubeObject, keyOf, listAt, refOf } from "./object.ts";
import type { Session } from "./session.ts";

/**
 * What carries the environment's label and is not among the wanted, of the kinds that we know; those that others use come
 * last. What a controller has made with our labels belongs to its owner.
 * @param onForbidden hears of kinds that we may not look at
 */
export async function unwanted(
  { api, environment }: Session,
  wanted: readonly KubeObject[],
  signal: AbortSignal,
  onForbidden: (kind: string) => void = () => {},
): Promise<readonly KubeObject[]> {
  const keys = new Set(wanted.map(keyOf));
  const labels = environmentSelector(environment);
  const found = await Promise.all(
    PRUNED_KINDS.map(async ({ apiVersion, kind }) => {
      try {
        return await api.list({ apiVersion, kind, labels }, signal);
      } catch (error) {
        // The cluster lacks the kind, or is so old that it has another version of it: README.md, "Limits".
        if (error instanceof DeployError && error.code === "refused") return [];
        if (!isReason(error, "Forbidden")) throw error;
        onForbidden(kind);
        return [];
      }
    }),
  );
  const candidates = found.flat().map(withoutNamespace);
  const extra = candidates.filter(
    (object) => !keys.has(keyOf(object)) && listAt(object, "metadata", "ownerReferences").length === 0,
  );
  return inOrder(extra).toReversed();
}

/**
 * Removes it, where it is still the same object.
 * @param applied what was applied before: only of its kinds it is worth a word that we may not look
 */
export async function prune(
  session: Session,
  wanted: readonly KubeObject[],
  applied: readonly KubeObject[],
  { progress, signal }: Pick<ApplyOptions, "progress" | "signal">,
): Promise<void> {
  const onForbidden = (kind: string): void => {
    if (!applied.some((each) => each.kind === kind)) return;
    const message = `${session.where}: may not list ${kind}: what is no longer wanted of it stays`;
    progress({ type: "warning", message });
  };
  for (const object of await unwanted(session, wanted, signal, onForbidden)) {
    const { uid } = object.metadata;
    await session.api.remove(refOf(object), signal, uid === undefined ? undefined : { uid });
  }
}

/** Keys of manifests have none: all is in one. */
function withoutNamespace(object: KubeObject): KubeObject {
  const { namespace: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
