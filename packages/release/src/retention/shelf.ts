import type { Digest, HeldContent } from "@seaworthy/oci";
import type { Content, Links } from "./links.ts";

/** A manifest in a repository, with what only the place where it lies knows of it. */
export interface Version {
  readonly digest: Digest;
  /** Those that hold referrers and signatures, too. */
  readonly tags: readonly string[];
  /** When it came, or was last named anew. Milliseconds since 1970; absent where the place does not tell. */
  readonly at?: number;
  /** What the place calls it. */
  readonly id?: string;
}

export interface Holding {
  /** At least all that have a tag; what these lead to is found by reading. */
  readonly versions: readonly Version[];
  /** All content, where the place can tell and its bytes are ours to free. */
  readonly contents?: readonly HeldContent[];
  /** Tags that the place lists, with nothing behind them. */
  readonly dangling?: readonly string[];
  /** What others name in the same place: it keeps content, and says nothing about tags here. */
  readonly others?: readonly Digest[];
}

export interface DatedImage {
  readonly digest: Digest;
  /** Whether there is evidence that says it is a release record. */
  readonly isRecorded: boolean;
  readonly config?: Content;
}

/** What became of a version that was to be deleted. */
export type Deletion =
  | { readonly is: "deleted" }
  /** It is not what it was when the plan was made; nothing was done. */
  | { readonly is: "changed"; readonly why: string }
  /** Of this one alone: others may be tried. */
  | { readonly is: "refused"; readonly why: string };

export type Restoring =
  | { readonly is: "restored" | "there already" }
  | { readonly is: "lost"; readonly why: string };

/** One repository in a place that retention works on. */
export interface Shelf {
  /** For messages, as people write it. */
  readonly name: string;

  /** @throws SeaworthyError where the list cannot be had whole */
  list(signal: AbortSignal): Promise<Holding>;

  /**
   * Undefined where there is no such manifest.
   * @throws SeaworthyError where there is one that cannot be read
   */
  read(digest: Digest, signal: AbortSignal): Promise<Links | undefined>;

  /**
   * When an image was released, by its records, else when it was made, by its config; milliseconds since 1970. For places
   * that do not tell when it came.
   */
  dated?(image: DatedImage, signal: AbortSignal): Promise<number | undefined>;

  /** Referrers that neither the list nor a fallback tag tells of. */
  referrers?(subject: Digest, signal: AbortSignal): Promise<readonly Digest[]>;

  /**
   * Deletes these with all their tags, in any order; each is looked at again right before. What is gone already counts
   * as deleted. Where the signal fires, what is told is true and the rest is as it was.
   * @throws SeaworthyError for what concerns all of them
   */
  delete(
    versions: readonly Version[],
    tell: (version: Version, deletion: Deletion) => void,
    signal: AbortSignal,
  ): Promise<void>;

  /**
   * Frees content of `contents` that is reached no more, unless it was used since `before`.
   * @returns bytes
   */
  reclaim?(digests: Iterable<Digest>, before: number, signal: AbortSignal): Promise<number>;

  /** Brings back a version that `delete` took, where the place can. */
  restore(version: Version, signal: AbortSignal): Promise<Restoring>;
}
