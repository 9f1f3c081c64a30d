import type { Bytes, ContentStore, Repository } from "../content-store.ts";
import type { Descriptor } from "../descriptor.ts";
import type { Digest } from "../digest.ts";
import type { Index } from "../manifest.ts";

export interface IngestOptions {
  /** Of the descriptor that comes back. Default `application/octet-stream`. */
  readonly mediaType?: string;
  /** Told the digest after the last byte and before anything becomes visible; throwing discards the content. */
  readonly onDigest?: (digest: Digest, size: number) => void;
  readonly signal?: AbortSignal;
}

export interface HeldContent {
  readonly digest: Digest;
  readonly size: number;
  /** When it was last put, or somebody was told that it is there. Milliseconds since 1970. */
  readonly usedAt: number;
}

export interface SweepRequest {
  /** What may go. */
  readonly digests: Iterable<Digest>;
  /** Milliseconds since 1970: what was used since stays, and what it points at, though nothing names it yet. */
  readonly before: number;
  readonly signal?: AbortSignal;
}

/**
 * An OCI image layout on disk (image spec, image-layout.md): one store of blobs, many repositories by name. Several
 * processes may use one at the same time.
 */
export interface Layout extends ContentStore {
  readonly dir: string;

  /** Stores content whose digest is not known yet. Where it is held already, no byte is kept twice. */
  ingest(source: Bytes, options?: IngestOptions): Promise<Descriptor>;

  /** With when each piece was last used. */
  list(): AsyncIterable<HeldContent>;

  /** Bytes held under a digest; undefined where there are none. Whoever asks counts on it: see `sweep`. */
  sizeOf(digest: Digest): Promise<number | undefined>;

  /**
   * Takes over a file of the same file system as a blob. The caller has verified and synced what is in it; the path is
   * gone afterwards.
   */
  adopt(target: Descriptor, path: string): Promise<void>;

  /**
   * One repository of the layout. Its tags are entries of index.json named `name:tag`; its content is the layout's.
   * @throws OciError `invalid-reference` where the name is not allowed
   */
  repository(name: string): Repository;

  /** Names of the repositories that have a tag or a referrer, sorted. */
  repositories(): Promise<readonly string[]>;

  /**
   * Takes tags from a repository, all at once; the content stays. Of each digest all of its tags there are named,
   * fallback tags too: one that has others by now is left as it is.
   * @returns those that were as described
   */
  forget(
    name: string,
    tags: ReadonlyMap<Digest, readonly string[]>,
    signal?: AbortSignal,
  ): Promise<ReadonlySet<Digest>>;

  /**
   * Deletes content that no entry of index.json reaches. Safe beside other processes: what they have put, or asked for
   * with `has` or `sizeOf`, since `before` stays. Nothing goes where a document that is reached cannot be read.
   * @returns what went, with its size
   */
  sweep(request: SweepRequest): Promise<ReadonlyMap<Digest, number>>;

  /** What index.json says, entries of foreign tools included. */
  index(): Promise<Index>;
}
