import type { Descriptor } from "../descriptor.ts";

/** What an image archive held, once all of it is in a layout. */
export interface ImportedArchive {
  /** `oci`: an OCI layout in a tar (newer `docker save` writes one too). `docker`: only what older `docker save` wrote. */
  readonly kind: "oci" | "docker";
  /** In the archive's order; at least one. */
  readonly images: readonly ArchivedImage[];
}

export interface ArchivedImage {
  /** As the archive says them: a tag, a name with a tag, or a full reference. May be none. */
  readonly names: readonly string[];
  /** Index or manifest. All that it points at is in the layout, but for `absent`. */
  readonly root: Descriptor;
  /**
   * True where the archive has no manifest and one was made from its parts. The same parts give the same digest, but
   * it is not the digest that a registry knows the image by: registries hold layers compressed.
   */
  readonly madeHere: boolean;
  /** Manifests of an index that the archive leaves out, as `docker save` does with platforms that were not pulled. */
  readonly absent: readonly Descriptor[];
}

/** Bounds on a foreign archive. */
export interface ArchiveLimits {
  /** Default 100 000. */
  readonly maxEntries?: number;
  /** Bytes, unpacked. Default 64 GiB. */
  readonly maxBytes?: number;
}
