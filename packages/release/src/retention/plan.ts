import type { Digest } from "@seaworthy/oci";
import { type Broken, brokenIn } from "./broken.ts";
import { type Entry, entriesOf } from "./entries.ts";
import { freesOf } from "./frees.ts";
import { Graph } from "./graph.ts";
import { inWaves } from "./in-waves.ts";
import { Judge } from "./judge.ts";
import { type Deployed, type Reasons, neededBy } from "./needed.ts";
import type { RetentionPolicy } from "./policy.ts";
import type { Version } from "./shelf.ts";
import { sortOut, withAbove } from "./sort-out.ts";
import type { Survey } from "./survey.ts";

/** What would be done, and why: the same survey, wishes and time give the same plan. */
export interface RetentionPlan {
  readonly name: string;
  readonly goes: readonly Entry[];
  readonly stays: readonly Entry[];
  /** Before anything was done. */
  readonly broken: readonly Broken[];
  /** Needed somewhere, and not here; with the reasons. */
  readonly absent: Reasons;
  /** What is deleted, each wave after the one before. */
  readonly waves: readonly (readonly Version[])[];
  /** What has to stay as long as a version does. */
  readonly below: (digest: Digest) => readonly Digest[];
  /** Content that is freed, with its bytes; by a registry when it collects its garbage. */
  readonly frees: ReadonlyMap<Digest, number>;
  /** Content that was used since is not freed. Milliseconds since 1970. */
  readonly before: number;
}

export interface Wishes {
  readonly policy: RetentionPolicy;
  readonly deployed: readonly Deployed[];
  /** What else stays, whatever the policy says. */
  readonly protect: Reasons;
  /** What a run that was interrupted had decided to delete. */
  readonly left?: ReadonlySet<Digest>;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Mark and sweep. Nobody is asked anything here. */
export function planRetention(
  found: Survey,
  { policy, deployed, protect, left = new Set(), now }: Wishes,
): RetentionPlan {
  const graph = new Graph(found);
  const needed = merged(neededBy(deployed, policy.rollbacks), protect);
  const others = new Set<Digest>();
  graph.mark(found.others, others);
  const judge = new Judge(graph, { policy, now, left });
  const { stays, goes, kept } = sortOut(graph, judge, { needed: withAbove(graph, needed), others });
  // What others name and nobody here does is theirs.
  const sweeps = [...graph.present.values()].filter(
    ({ digest, tags }) => !kept.has(digest) && (tags.length > 0 || !others.has(digest)),
  );
  const swept = new Set(sweeps.map(({ digest }) => digest));
  const before = now - policy.untagged;
  const frees = freesOf(found, graph, { keeps: [kept, others], sweeps, before });
  return {
    name: found.name,
    goes: entriesOf(graph, goes, swept, (digest) => frees.get(digest) ?? 0),
    stays: entriesOf(graph, stays, kept, (_, size) => size),
    broken: brokenIn(found, graph),
    absent: new Map([...needed].filter(([digest]) => !graph.present.has(digest))),
    waves: inWaves(graph, sweeps),
    below: (digest) => graph.below(digest),
    frees,
    before,
  };
}

function merged(one: Reasons, other: Reasons): Reasons {
  const all = new Map(one);
  for (const [digest, why] of other) all.set(digest, [...(all.get(digest) ?? []), ...why]);
  return all;
}
