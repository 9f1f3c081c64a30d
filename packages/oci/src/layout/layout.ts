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

/**
 * An OCI image layout on disk (image spec, image-layout.md): one store of blobs, many repositories by name. Several
 * processes may use one at the same time.
 */
export interface Layout extends ContentStore {
  readonly dir: string;

  /** Stores content whose digest is not known yet. Where it is held already, no byte is kept twice. */
  ingest(source: Bytes, options?: IngestOptions): Promise<Descriptor>;

  /** Bytes held under a digest; undefined where there are none. */
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

  /** What index.json says, entries of foreign tools included. */
  index(): Promise<Index>;
}
