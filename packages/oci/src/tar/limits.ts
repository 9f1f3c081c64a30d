import type { AbsolutePaths } from "./path.ts";

/** Bounds on a foreign archive. The defaults fit any real image layer. */
export interface TarLimits {
  /** Members, extended headers not counted. Default one million. */
  readonly maxEntries?: number;
  /** Bytes of one extended header (PAX records, GNU long name, sparse map). Default 1 MiB. */
  readonly maxHeaderBytes?: number;
  /** Bytes of the whole archive, holes of sparse files counted as if written. Default 64 GiB. */
  readonly maxBytes?: number;
  /** Names that begin with `/`. Default `refuse`. */
  readonly absolutePaths?: AbsolutePaths;
}

export const DEFAULT_LIMITS: Required<TarLimits> = {
  maxEntries: 1_000_000,
  maxHeaderBytes: 1 << 20,
  maxBytes: 64 * 2 ** 30,
  absolutePaths: "refuse",
};
