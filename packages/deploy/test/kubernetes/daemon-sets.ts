import type { Obj } from "./fields.ts";
import { type Pods, isLeaving, isReady } from "./pods.ts";
import { revisionFor } from "./revisions.ts";
import type { Store } from "./store.ts";

const HASH = "controller-revision-hash";

/** One step of the DaemonSet controller: a pod on each node, old ones that are not ready are replaced first. */
export function rollDaemonSet(set: Obj, store: Store, pods: Pods): void {
  const hash: string = revisionFor(set, store)["metadata"].labels[HASH];
  const own = pods.of(set);
  const isNew = (pod: Obj): boolean => pod["metadata"].labels[HASH] === hash;
  const nodes = store.seen("Node").map(({ metadata }) => metadata.name as string);
  for (const node of nodes) {
    if (own.some((pod) => pod["spec"].nodeName === node)) continue;
    const name = `${set["metadata"].name}-${pods.suffix()}`;
    pods.make(set, name, set["spec"].template, { labels: { [HASH]: hash }, node });
  }
  if (set["spec"].updateStrategy.type === "RollingUpdate") replaceOld(set, pods, nodes.length, isNew);
  const staying = pods.of(set).filter((pod) => !isLeaving(pod));
  const ready = staying.filter(isReady).length;
  store.setStatus(set, {
    observedGeneration: set["metadata"].generation,
    desiredNumberScheduled: nodes.length,
    currentNumberScheduled: staying.length,
    numberMisscheduled: 0,
    numberReady: ready,
    numberAvailable: ready,
    numberUnavailable: nodes.length - ready,
    updatedNumberScheduled: staying.filter(isNew).length,
  });
}

function replaceOld(set: Obj, pods: Pods, nodes: number, isNew: (pod: Obj) => boolean): void {
  const staying = pods.of(set).filter((pod) => !isLeaving(pod));
  const old = staying.filter((pod) => !isNew(pod));
  for (const pod of old.filter((each) => !isReady(each))) pods.end(pod);
  const most: number = set["spec"].updateStrategy.rollingUpdate.maxUnavailable;
  const room = most - (nodes - staying.filter(isReady).length);
  for (const pod of old.filter(isReady).slice(0, Math.max(0, room))) pods.end(pod);
}
