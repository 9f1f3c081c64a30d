import type { Descriptor, Digest, Repository } from "@seaworthy/oci";

/**
 * What the registry serves. A `Layout` of `@seaworthy/oci` is one. Repositories come into being when something is put
 * into them.
 */
export interface RegistryStore {
  /** Names of the repositories that have something to show, sorted. */
  repositories(signal?: AbortSignal): Promise<readonly string[]>;

  /** One repository, whether or not it has anything yet. The name was checked. */
  repository(name: string): Repository;

  /**
   * Bytes held under a digest, whichever repository it was put into; undefined where there are none. HTTP asks for
   * blobs by digest alone, while a `ContentStore` is asked by descriptor.
   */
  sizeOf(digest: Digest, signal?: AbortSignal): Promise<number | undefined>;

  /**
   * Takes a file over as content that was verified while it was written. The file is on the file system that
   * `uploads` names and is gone afterwards. Without it the file is read again, into `put`.
   */
  adopt?(target: Descriptor, path: string): Promise<void>;
}
