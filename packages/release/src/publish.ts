import {
  type ContentStore,
  type CopyStats,
  type Descriptor,
  type Repository,
  SeaworthyError,
  copyGraph,
  isIndexType,
  readIndex,
  readManifest,
} from "@seaworthy/oci";
import { DAMAGED } from "./damaged.ts";
import { ReleaseError } from "./error.ts";
import type { Git } from "./source.ts";
import { moveTags } from "./tags/guard/move.ts";
import type { TagPlan } from "./tags/plan.ts";

/** `from` is what the tag pointed to before; equal to `to` where it stayed, be it ours or something newer. */
export interface TagMove {
  readonly tag: string;
  readonly from?: string;
  readonly to: string;
}

/** Evidence and what it is about. */
export interface Filed {
  readonly subject: Descriptor;
  readonly manifest: Descriptor;
}

export interface Published {
  readonly stats: CopyStats;
  readonly moves: readonly TagMove[];
  /** Tags that stand for something newer, and why. */
  readonly behind: readonly string[];
}

export interface PublishOptions {
  readonly tags: TagPlan;
  /** Runs git where the sources are: branch tags move by ancestry. */
  readonly git: Git;
  /** Move tags also against what git calls unrelated or does not know. */
  readonly forceTags?: boolean;
  /** What travels with it: evidence about the index and its platforms. */
  readonly evidence: readonly Filed[];
  readonly from: ContentStore;
  readonly to: Repository;
  /** Told how many bytes have been sent so far. */
  readonly onSent?: (bytes: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Content first, children before parents, then the evidence about it, then a look at what the registry really holds,
 * then the tags: an interrupted publish leaves no name that points at something missing, and running it again continues.
 */
export async function publish(index: Descriptor, options: PublishOptions): Promise<Published> {
  const { to, tags, git, forceTags = false, signal } = options;
  const stats = await send([index, ...(await missingEvidence(options))], options);
  await readBack(index, to, signal);
  const moved = await moveTags(to, index, tags, { git, force: forceTags, signal });
  const moves = moved.map(({ tag, from, to: at }) => ({
    tag,
    to: at,
    ...(from === undefined ? {} : { from }),
  }));
  const behind = moved.filter(({ does }) => does === "behind").map(({ tag, reason }) => `${tag}: ${reason}`);
  return { stats, moves, behind };
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

/** One after the other: evidence has a subject, which is there before it. */
async function send(
  targets: readonly Descriptor[],
  { from, to, onSent, signal }: PublishOptions,
): Promise<CopyStats> {
  let total: CopyStats = { sent: 0, bytesSent: 0, skipped: 0 };
  let bytes = 0;
  const onBlob = ({ size }: Descriptor, sent: boolean): void => {
    if (sent) onSent?.((bytes += size));
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

/** Index and manifests as whoever pulls gets them, verified against their digests on the way. */
async function readBack(index: Descriptor, to: Repository, signal: AbortSignal): Promise<void> {
  try {
    const held = await to.resolve(index.digest, signal);
    if (held === undefined) throw lost(`read back ${index.digest}: found nothing`);
    const manifests = isIndexType(index.mediaType) ? (await readIndex(to, index, signal)).manifests : [index];
    await Promise.all(manifests.map((manifest) => readManifest(to, manifest, signal)));
  } catch (error) {
    const damaged = error instanceof SeaworthyError && DAMAGED.has(error.code);
    throw damaged ? lost(`read back ${index.digest}: ${error.message}`, error) : error;
  }
}

function lost(message: string, cause?: unknown): ReleaseError {
  return new ReleaseError("publish-failed", message, {
    cause,
    retryable: true,
    hint: "run the release again; what was sent is not sent twice",
  });
}
