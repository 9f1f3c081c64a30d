import { type Digest, shortDigest } from "@seaworthy/oci";
import type { Graph, Present } from "./graph.ts";
import { type Judge, namesOf } from "./judge.ts";
import type { Reasons } from "./needed.ts";

/** What stands by itself, with why it stays or goes. */
export type Tops = ReadonlyMap<Digest, readonly string[]>;

export interface SortedOut {
  readonly stays: Tops;
  readonly goes: Tops;
  /** All that stays, with what belongs to it. */
  readonly kept: ReadonlySet<Digest>;
}

/**
 * The mark of mark and sweep: from what is wanted down to its children and out to what is about them. What belongs to
 * something has no say of its own, unless somebody gave it a tag.
 * @param others what others name; without a tag here it is not ours to sort
 */
export function sortOut(
  graph: Graph,
  judge: Judge,
  { needed, others }: { readonly needed: Reasons; readonly others: ReadonlySet<Digest> },
): SortedOut {
  const ours = [...graph.present.values()].filter(
    ({ digest, tags }) => tags.length > 0 || !others.has(digest),
  );
  const kept = new Set<Digest>();
  const stays = new Map<Digest, readonly string[]>();
  const goes = new Map<Digest, readonly string[]>();
  const judged = (item: Present): void => {
    const verdict = judge.verdict(item);
    const why = [...(needed.get(item.digest) ?? []), ...verdict.stays];
    if (why.length > 0) stays.set(item.digest, why);
    else goes.set(item.digest, [verdict.goes]);
  };
  for (const item of ours) if (isTop(graph, item)) judged(item);
  graph.mark([...needed.keys(), ...stays.keys()], kept);
  graph.mark(underWay(graph, judge, ours), kept);
  // What is left belongs to each other in a circle, as a tag can make one.
  const reached = new Set<Digest>();
  graph.mark(goes.keys(), reached);
  for (const item of ours) {
    if (kept.has(item.digest) || reached.has(item.digest)) continue;
    judged(item);
    graph.mark([item.digest], stays.has(item.digest) ? kept : reached);
  }
  for (const digest of goes.keys()) {
    if (!kept.has(digest)) continue;
    goes.delete(digest);
    stays.set(digest, ["part of what stays"]);
  }
  return { stays, goes, kept };
}

/** With what lists them: an environment may name one platform, and a rollback goes to the index. */
export function withAbove(graph: Graph, needed: Reasons): Reasons {
  const all = new Map(needed);
  for (const [digest, why] of needed) {
    for (const above of graph.above(digest)) {
      if (above === digest) continue;
      const reasons = why.map((reason) => `${reason} (by ${shortDigest(digest)})`);
      all.set(above, [...new Set([...(all.get(above) ?? []), ...reasons])]);
    }
  }
  return all;
}

function isTop(graph: Graph, item: Present): boolean {
  if (namesOf(item).length > 0) return true;
  const isHere = (digest: Digest): boolean => graph.present.has(digest);
  return !graph.parents(item.digest).some(isHere) && !graph.subjects(item.digest).some(isHere);
}

/** Children that came lately: something that is pushed at this moment may list them next, as something old does already. */
function underWay(graph: Graph, judge: Judge, items: readonly Present[]): readonly Digest[] {
  const fresh = items.filter(
    (item) => item.at !== undefined && item.tags.length === 0 && graph.subjects(item.digest).length === 0,
  );
  return fresh.filter((item) => judge.isFresh(item)).map(({ digest }) => digest);
}
