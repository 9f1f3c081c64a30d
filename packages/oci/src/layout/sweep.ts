import type { Descriptor } from "../descriptor.ts";
import type { Digest } from "../digest.ts";
import { throwIfAborted } from "../stream/abortable.ts";
import type { Blobs } from "./blobs.ts";
import type { IndexFile } from "./index-file.ts";
import type { SweepRequest } from "./layout.ts";
import { Reachable } from "./reachable.ts";

/** See `Layout.sweep`. Documents are read before the lock is taken, which nobody should have to wait for. */
export async function sweep(
  blobs: Blobs,
  index: IndexFile,
  { digests, before, signal }: SweepRequest,
): Promise<ReadonlyMap<Digest, number>> {
  const reachable = new Reachable(blobs);
  await inUse(await rootsOf(index), { blobs, reachable, before, signal });
  const went = new Map<Digest, number>();
  await index.update(async (entries) => {
    const roots = entries.map(({ target }) => target);
    const used = await inUse(roots, { blobs, reachable, before, signal });
    for (const digest of digests) {
      throwIfAborted(signal);
      const freed = used.has(digest) ? undefined : await blobs.discard(digest, before);
      if (freed !== undefined) went.set(digest, freed);
    }
    return undefined;
  }, signal);
  return went;
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
