import type { Descriptor } from "./descriptor.ts";
import type { Digest } from "./digest.ts";

export type Bytes = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/**
 * Bytes by digest. Implementations: layout on disk, registry repository, memory; one contract suite runs over all.
 * Everything that passes through is verified in flight: a wrong byte is an error, never content.
 */
export interface ContentStore {
  has(target: Descriptor, signal?: AbortSignal): Promise<boolean>;

  /**
   * The content as a stream that fails with `digest-mismatch` or `size-mismatch` before its end where the bytes are
   * not those the descriptor names, and with `not-found` where they have gone before the first was read.
   * @throws OciError `not-found`
   */
  open(target: Descriptor, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array>>;

  /**
   * Stores the content unless it is there already (then `content` may be left unread). Nothing is visible before the
   * last byte was verified.
   */
  put(target: Descriptor, content: Bytes, signal?: AbortSignal): Promise<void>;

  /** Does nothing where it is not there. */
  delete(target: Descriptor, signal?: AbortSignal): Promise<void>;

  /** Everything held, in no order. Empty for stores that cannot list (a registry's blobs). */
  list(): AsyncIterable<{ readonly digest: Digest; readonly size: number }>;
}

/** A `ContentStore` with names: what a registry repository is, and one repository inside a layout. */
export interface Repository extends ContentStore {
  /** A tag or a digest to the descriptor of its manifest; undefined where there is none. */
  resolve(reference: string, signal?: AbortSignal): Promise<Descriptor | undefined>;

  /** Points a tag at a manifest that is already stored; replaces it at once or not at all. */
  tag(target: Descriptor, tag: string, signal?: AbortSignal): Promise<void>;

  untag(tag: string, signal?: AbortSignal): Promise<void>;

  /** Sorted; without the `sha256-<hex>` tags that hold referrers. */
  tags(signal?: AbortSignal): Promise<readonly string[]>;

  /**
   * Manifests whose `subject` is this digest, each with its `artifactType` and annotations. A manifest with a subject
   * becomes a referrer when it is `put`.
   */
  referrers(subject: Digest, artifactType?: string, signal?: AbortSignal): Promise<readonly Descriptor[]>;
}
