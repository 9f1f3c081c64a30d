import type { Digest } from "@seaworthy/oci";
import type { Graph, Present } from "./graph.ts";
import type { Survey } from "./survey.ts";

export interface FreesQuestion {
  /** Manifests that stay, here or for others. */
  readonly keeps: readonly ReadonlySet<Digest>[];
  readonly sweeps: readonly Present[];
  /** Content that was used since is not freed. */
  readonly before: number;
}

/**
 * Content that nothing points at any more once `sweeps` are gone. A place that tells of all of its content has some that
 * nothing pointed at before, too.
 */
export function freesOf(
  { contents }: Survey,
  graph: Graph,
  { keeps, sweeps, before }: FreesQuestion,
): ReadonlyMap<Digest, number> {
  const used = new Set<Digest>();
  for (const kept of keeps) {
    for (const digest of kept) {
      used.add(digest);
      for (const content of graph.present.get(digest)!.links.contents) used.add(content.digest);
    }
  }
  const frees = new Map<Digest, number>();
  const free = (digest: Digest, size: number): void => {
    if (!used.has(digest)) frees.set(digest, size);
  };
  if (contents !== undefined) {
    for (const { digest, size, usedAt } of contents) if (usedAt < before) free(digest, size);
    return frees;
  }
  for (const { digest, links } of sweeps) {
    free(digest, links.size);
    for (const content of links.contents) free(content.digest, content.size);
  }
  return frees;
}
