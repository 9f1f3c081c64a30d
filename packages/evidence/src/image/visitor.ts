import type { TarEntry } from "@seaworthy/oci";

/** One file of one layer, as it stands in the archive. */
export interface LayerFile {
  readonly entry: TarEntry;
  /** Position of the layer, 0 the lowest. */
  readonly layer: number;
  /** The content, or its beginning. A view that is only good during the call. */
  readonly bytes: Uint8Array;
  /** There is more of it than was asked for. */
  readonly cut: boolean;
}

/** Takes a content too long to hold, as it comes by. */
export interface Follower {
  /** The next bytes, which are only good during the call. False where no more are needed. */
  write(chunk: Uint8Array): boolean;
  /** After the last bytes, or those after which no more were needed. */
  end(): void | Promise<void>;
}

/**
 * An analysis of layers: secrets, packages. Several look at an image in one pass, and each sees every layer, so also
 * what a later one replaces or deletes.
 */
export interface LayerVisitor {
  /** Bytes of content wanted at most; undefined where it is of no interest. Asked for files, links and directories. */
  wants(entry: TarEntry, layer: number): number | undefined;
  visit(file: LayerFile): void | Promise<void>;
  /** For what `wants` does not want: who follows the content, undefined where it is of no interest. */
  follow?(entry: TarEntry, layer: number): Follower | undefined;
}
