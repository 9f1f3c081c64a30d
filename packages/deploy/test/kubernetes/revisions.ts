import type { Obj } from "./fields.ts";
import { isOwned, ownerOf, templateHash } from "./pods.ts";
import type { Store } from "./store.ts";

/** The ControllerRevision of a template, made where it is not there yet: StatefulSets and DaemonSets keep them. */
export function revisionFor(set: Obj, store: Store): Obj {
  const { namespace, name } = set["metadata"];
  const { template } = set["spec"];
  const hash = templateHash(template);
  const own = revisionsOf(set, store);
  const revision = Math.max(0, ...own.map((each) => each["revision"] as number)) + 1;
  const found = own.find((each) => each["metadata"].name === `${name}-${hash}`);
  if (found?.["revision"] === revision - 1) return found;
  // Whoever goes back makes the old one the newest.
  if (found !== undefined) {
    return store.merge("ControllerRevision", namespace, `${name}-${hash}`, { revision }, "controller");
  }
  const labels = { ...template.metadata?.labels, "controller-revision-hash": hash };
  const metadata = { name: `${name}-${hash}`, namespace, labels, ownerReferences: [ownerOf(set)] };
  const made = { apiVersion: "apps/v1", kind: "ControllerRevision", metadata, revision };
  return store.create({ ...made, data: { spec: { template } } }, "controller");
}

export function revisionsOf(set: Obj, store: Store): readonly Obj[] {
  return store.seen("ControllerRevision", set["metadata"].namespace).filter((each) => isOwned(each, set));
}
