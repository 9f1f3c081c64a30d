import type { ContentStore, Descriptor, StoredImage } from "@seaworthy/oci";

/** Something to be found out about an image that passed its checks: what is in it, what is wrong with it, who made it. */
export interface Examination {
  /** For people: `sbom`, `scan`, `provenance`. */
  readonly name: string;
  /** Whether it is asked about each platform's image, about the index over them, or about both. */
  readonly about: "platforms" | "index" | "both";
  /** The kinds of statement that it makes, all of them each time. */
  readonly types: readonly string[];
  /**
   * Changes with everything but the digest that the answer depends on: settings, data. The same key for the same digest
   * is not asked again.
   */
  key(subject: ExaminedSubject, signal: AbortSignal): Promise<string>;
  /** @throws where it cannot tell; what it finds wrong is for gates to judge */
  examine(subject: ExaminedSubject, signal: AbortSignal): Promise<readonly Finding[]>;
}

export interface ExaminedSubject {
  /** What the statements will be about. */
  readonly target: Descriptor;
  /** Of a platform; undefined for the index. */
  readonly image?: StoredImage;
  readonly store: ContentStore;
}

/** One statement to be: its kind and its content. */
export interface Finding {
  readonly predicateType: string;
  readonly predicate: unknown;
}
