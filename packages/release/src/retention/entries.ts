import type { Digest } from "@seaworthy/oci";
import type { Graph } from "./graph.ts";
import { namesOf } from "./judge.ts";
import type { Tops } from "./sort-out.ts";

/** One line of a plan: what stands by itself, with what belongs to it. */
export interface Entry {
  readonly digest: Digest;
  /** Of people and releases; none of those that hold referrers. */
  readonly tags: readonly string[];
  /** Milliseconds since 1970. */
  readonly at?: number;
  readonly why: readonly string[];
  /** Manifests that go or stay with it, and with no line above. */
  readonly with: number;
  /** That are freed or taken by it and those with it, and by no line above. */
  readonly bytes: number;
}

/**
 * Newest first.
 * @param within what goes, or what stays
 * @param sizeOf bytes of content that counts
 */
export function entriesOf(
  graph: Graph,
  tops: Tops,
  within: ReadonlySet<Digest>,
  sizeOf: (digest: Digest, size: number) => number,
): readonly Entry[] {
  const dated = [...tops].map(([digest, why]) => ({ digest, why, at: graph.at(digest) }));
  const newestFirst = dated.toSorted(
    (a, b) => (b.at ?? Number.MAX_VALUE) - (a.at ?? Number.MAX_VALUE) || (a.digest < b.digest ? -1 : 1),
  );
  const seen = new Set<Digest>();
  const counted = new Set<Digest>();
  return newestFirst.map(({ digest, why, at }) => {
    const owned = owns(graph, digest, within, seen);
    let bytes = 0;
    const count = (content: Digest, size: number): void => {
      if (counted.has(content)) return;
      counted.add(content);
      bytes += sizeOf(content, size);
    };
    for (const each of owned) {
      const { links } = graph.present.get(each)!;
      count(each, links.size);
      for (const content of links.contents) count(content.digest, content.size);
    }
    const tags = namesOf(graph.present.get(digest)!).toSorted();
    return {
      digest,
      tags,
      ...(at === undefined ? {} : { at }),
      why,
      with: Math.max(0, owned.length - 1),
      bytes,
    };
  });
}

/** It, and what belongs to it, of what was not seen before. */
function owns(graph: Graph, top: Digest, within: ReadonlySet<Digest>, seen: Set<Digest>): readonly Digest[] {
  const owned: Digest[] = [];
  const queue = [top];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (seen.has(next) || !within.has(next)) continue;
    seen.add(next);
    owned.push(next);
    queue.push(...graph.below(next));
  }
  return owned;
}
