import {
  type ContentStore,
  type CopyStats,
  type Descriptor,
  type Repository,
  copyGraph,
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

/**
 * Content first, children before parents, then a look at what the registry really holds, then the tags: an interrupted
 * publish leaves no name that points at something missing, and running it again continues.
 */
export async function publish(
  index: Descriptor,
  tags: readonly string[],
  {
    from,
    to,
    signal,
  }: { readonly from: ContentStore; readonly to: Repository; readonly signal: AbortSignal },
): Promise<Published> {
  const stats = await copyGraph(index, from, to, { signal });
  const held = await to.resolve(index.digest, signal);
  if (held?.digest !== index.digest || held.size !== index.size) {
    throw new ReleaseError(
      "publish-failed",
      `read back ${index.digest}: found ${held?.digest ?? "nothing"}`,
      {
        retryable: true,
        hint: "run the release again; what was sent is not sent twice",
      },
    );
  }
  const moves: TagMove[] = [];
  for (const tag of tags) {
    const before = await to.resolve(tag, signal);
    if (before?.digest !== index.digest) await to.tag(index, tag, signal);
    moves.push({ tag, to: index.digest, ...(before === undefined ? {} : { from: before.digest }) });
  }
  return { stats, moves };
}
