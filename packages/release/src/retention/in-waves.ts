import type { Digest } from "@seaworthy/oci";
import type { Graph, Present } from "./graph.ts";
import type { Version } from "./shelf.ts";

interface Waiting {
  readonly item: Present;
  parents: number;
  subjects: number;
}

/**
 * An order in which nothing ever lists what is gone, wherever it is broken off: what lists something goes before it, and
 * what is about something after it. In a circle, which only tags can make, the first holds.
 */
export function inWaves(graph: Graph, sweeps: readonly Present[]): readonly (readonly Version[])[] {
  const goes = new Set(sweeps.map(({ digest }) => digest));
  const count = (above: readonly Digest[]): number => above.filter((digest) => goes.has(digest)).length;
  const waiting = new Map<Digest, Waiting>();
  for (const item of sweeps) {
    const { digest } = item;
    const waits = { parents: count(graph.parents(digest)), subjects: count(graph.subjects(digest)) };
    waiting.set(digest, { item, ...waits });
  }
  const waves: (readonly Version[])[] = [];
  let wave = [...waiting.values()].filter(({ parents, subjects }) => parents + subjects === 0);
  while (waiting.size > 0) {
    if (wave.length === 0) wave = [...waiting.values()].filter(({ parents }) => parents === 0);
    for (const { item } of wave) waiting.delete(item.digest);
    waves.push(wave.map(({ item }) => versionOf(item)));
    wave = freedBy(wave, graph, waiting);
  }
  return waves;
}

function freedBy(wave: readonly Waiting[], graph: Graph, waiting: ReadonlyMap<Digest, Waiting>): Waiting[] {
  const touched = new Set<Waiting>();
  const release = (digest: Digest, of: "parents" | "subjects"): void => {
    const below = waiting.get(digest);
    if (below === undefined) return;
    below[of] -= 1;
    touched.add(below);
  };
  for (const { item } of wave) {
    for (const child of item.links.children) release(child, "parents");
    for (const about of graph.attached(item.digest)) release(about, "subjects");
  }
  return [...touched].filter(({ parents, subjects }) => parents + subjects === 0);
}

function versionOf({ digest, tags, at, id }: Present): Version {
  return { digest, tags, ...(at === undefined ? {} : { at }), ...(id === undefined ? {} : { id }) };
}
