import {
  type ContentStore,
  type CopyStats,
  type Descriptor,
  type Repository,
  SeaworthyError,
  copyGraph,
  readIndex,
  readManifest,
} from "@seaworthy/oci";
import { ReleaseError } from "./error.ts";

/** `from` is what the tag pointed to before; equal to `to` where it stayed. */
export interface TagMove {
  readonly tag: string;
  readonly from?: string;
  readonly to: string;
}

export interface Published {
  readonly stats: CopyStats;
  readonly moves: readonly TagMove[];
}

export interface PublishOptions {
  readonly tags: readonly string[];
  /** Manifests whose subject is the index: they travel with it. */
  readonly evidence: readonly Descriptor[];
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
  const { to, tags, signal } = options;
  const stats = await send([index, ...(await missingEvidence(index, options))], options);
  await readBack(index, to, signal);
  const moves: TagMove[] = [];
  for (const tag of tags) {
    const before = await to.resolve(tag, signal);
    if (before?.digest !== index.digest) await to.tag(index, tag, signal);
    moves.push({ tag, to: index.digest, ...(before === undefined ? {} : { from: before.digest }) });
  }
  return { stats, moves };
}

/** Putting evidence twice would change nothing, but a release that has nothing to do writes nothing. */
async function missingEvidence(
  index: Descriptor,
  { evidence, to, signal }: PublishOptions,
): Promise<readonly Descriptor[]> {
  if (evidence.length === 0) return [];
  const held = new Set((await to.referrers(index.digest, undefined, signal)).map(({ digest }) => digest));
  return evidence.filter(({ digest }) => !held.has(digest));
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
    const { manifests } = await readIndex(to, index, signal);
    await Promise.all(manifests.map((manifest) => readManifest(to, manifest, signal)));
  } catch (error) {
    const damaged = error instanceof SeaworthyError && DAMAGED.has(error.code);
    throw damaged ? lost(`read back ${index.digest}: ${error.message}`, error) : error;
  }
}

const DAMAGED = new Set<string>(["not-found", "digest-mismatch", "size-mismatch", "invalid-manifest"]);

function lost(message: string, cause?: unknown): ReleaseError {
  return new ReleaseError("publish-failed", message, {
    cause,
    retryable: true,
    hint: "run the release again; what was sent is not sent twice",
  });
}
