import type { Descriptor } from "../descriptor.ts";
import type { Digest } from "../digest.ts";
import { throwIfAborted } from "../stream/abortable.ts";
import type { Blobs } from "./blobs.ts";
import type { IndexFile } from "./index-file.ts";
import type { SweepRequest } from "./layout.ts";
import { Reachable } from "./reachable.ts";

/** Deleted under one lock: others wait for it thirty seconds, and a thousand are gone in a few tenths of one. */
const AT_ONCE = 5_000;

/** See `Layout.sweep`. Documents are read before the lock is taken, which nobody should have to wait for. */
export async function sweep(
  blobs: Blobs,
  index: IndexFile,
  { digests, before, signal }: SweepRequest,
): Promise<ReadonlyMap<Digest, number>> {
  const look: Look = { blobs, reachable: new Reachable(blobs), before, signal };
  await inUse(await rootsOf(index), look);
  const went = new Map<Digest, number>();
  const all = [...digests];
  for (let at = 0; at < all.length; at += AT_ONCE) {
    await index.update(async (entries) => {
      const used = await inUse(
        entries.map(({ target }) => target),
        look,
      );
      await discard(
        all.slice(at, at + AT_ONCE).filter((digest) => !used.has(digest)),
        look,
        went,
      );
      return undefined;
    }, signal);
  }
  return went;
}

async function discard(
  digests: readonly Digest[],
  { blobs, before, signal }: Look,
  went: Map<Digest, number>,
): Promise<void> {
  for (const digest of digests) {
    throwIfAborted(signal);
    const freed = await blobs.discard(digest, before);
    if (freed !== undefined) went.set(digest, freed);
  }
}

async function rootsOf(index: IndexFile): Promise<readonly Descriptor[]> {
  return (await index.entries()).map(({ target }) => target);
}

interface Look {
  readonly blobs: Blobs;
  readonly reachable: Reachable;
  readonly before: number;
  readonly signal: AbortSignal | undefined;
}

/** What is named, and what somebody is about to name. */
async function inUse(
  roots: readonly Descriptor[],
  { blobs, reachable, before, signal }: Look,
): Promise<ReadonlySet<Digest>> {
  const used = new Set<Digest>();
  await reachable.add(roots, used, signal);
  for await (const content of blobs.list()) {
    throwIfAborted(signal);
    if (content.usedAt >= before && !used.has(content.digest)) await reachable.addUnknown(content, used);
  }
  return used;
}
