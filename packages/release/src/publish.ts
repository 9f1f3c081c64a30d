import {
  type ContentStore,
  type CopyStats,
  type Descriptor,
  type Digest,
  type Repository,
  copyGraph,
} from "@seaworthy/oci";
import type { Filed } from "./filed.ts";
import { readBack } from "./read-back.ts";
import type { Ancestry } from "./tags/guard/ancestry.ts";
import { moveTags } from "./tags/guard/move.ts";
import type { TagPlan } from "./tags/plan.ts";

/** `from` is what the tag pointed to before; equal to `to` where it stayed, be it ours or something newer. */
export interface TagMove {
  readonly tag: string;
  readonly from?: string;
  readonly to: string;
}

export interface Published {
  readonly stats: CopyStats;
  readonly moves: readonly TagMove[];
  /** Tags that stand for something newer, and why. */
  readonly behind: readonly string[];
}

export interface PublishOptions {
  readonly tags: TagPlan;
  /** Branch tags move by it. */
  readonly ancestry: Ancestry;
  /** Move tags also against what git calls unrelated or does not know. */
  readonly forceTags?: boolean;
  /** What travels with it: evidence about the index and its platforms. */
  readonly evidence: readonly Filed[];
  readonly from: ContentStore;
  readonly to: Repository;
  /** Signs at tags of the registry, of which others may have some too; gives how many signatures are new. */
  readonly signTags?: (to: Repository) => Promise<number>;
  /** Told how many bytes have been sent so far. */
  readonly onSent?: (bytes: number) => void;
  /** Told how many bytes of how many have been read back. */
  readonly onRead?: (done: number, total: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Content first, children before parents, then the evidence about it, then a look at what the registry really holds,
 * then signatures that are tags, then the tags: an interrupted publish leaves no name that points at something missing, and running it again continues.
 */
export async function publish(index: Descriptor, options: PublishOptions): Promise<Published> {
  const { to, tags, ancestry, forceTags = false, signTags, signal } = options;
  const missing = await missingEvidence(options);
  const sent = new Set(missing.map(({ digest }) => digest));
  const stats = await send([index, ...missing], sent, options);
  await readBack(index, { ...options, sent });
  const signed = (await signTags?.(to)) ?? 0;
  const moved = await moveTags(to, index, tags, { ancestry, force: forceTags, signal });
  const moves = moved.map(({ tag, from, to: at }) => ({
    tag,
    to: at,
    ...(from === undefined ? {} : { from }),
  }));
  const behind = moved.filter(({ does }) => does === "behind").map(({ tag, reason }) => `${tag}: ${reason}`);
  return { stats: { ...stats, sent: stats.sent + signed }, moves, behind };
}

/** Putting evidence twice would change nothing, but a release that has nothing to do writes nothing. */
async function missingEvidence({ evidence, to, signal }: PublishOptions): Promise<readonly Descriptor[]> {
  const bySubject = Map.groupBy(evidence, ({ subject }) => subject.digest);
  const missing = await Promise.all(
    [...bySubject].map(async ([subject, filed]) => {
      const held = new Set((await to.referrers(subject, undefined, signal)).map(({ digest }) => digest));
      return filed.flatMap(({ manifest }) => (held.has(manifest.digest) ? [] : [manifest]));
    }),
  );
  return missing.flat();
}

/** One after the other: evidence has a subject, which is there before it. What is sent is noted in `digests`. */
async function send(
  targets: readonly Descriptor[],
  digests: Set<Digest>,
  { from, to, onSent, signal }: PublishOptions,
): Promise<CopyStats> {
  let total: CopyStats = { sent: 0, bytesSent: 0, skipped: 0 };
  let bytes = 0;
  const onBlob = ({ digest, size }: Descriptor, sent: boolean): void => {
    if (!sent) return;
    digests.add(digest);
    onSent?.((bytes += size));
  };
  for (const target of targets) {
    const stats = await copyGraph(target, from, to, { signal, onBlob });
    total = {
      sent: total.sent + stats.sent,
      bytesSent: total.bytesSent + stats.bytesSent,
      skipped: total.skipped + stats.skipped,
    };
  }
  return total;
}
