/** The three places files come from; a mirror serves one of them. */
export type ArchiveName = "debian" | "debian-security" | "npm";

/** What a lock or a signed index says about a file; what is given is verified in flight. */
interface Expected {
  /** Exact size in bytes. */
  readonly size?: number;
  readonly sha256?: string;
  /** Subresource integrity of one hash, as npm gives it: `sha512-…`. */
  readonly integrity?: string;
}

export interface ArchiveFile extends Expected {
  readonly archive: ArchiveName;
  /** Relative to the root of the archive: `dists/trixie/InRelease`, `pool/main/…`, `npm/-/npm-11.21.2.tgz`. */
  readonly path: string;
  /** Where `size` is not known: more bytes than this are refused. Default 16 MiB. */
  readonly maxBytes?: number;
  /** A moment at which the file existed; lets the archive fall back on a snapshot of that time. */
  readonly asOf?: string | undefined;
}

/** Files of Debian's archives and of the npm registry, wherever they are mirrored. */
export interface Archive {
  /**
   * Hands the file's bytes to `consume` and returns what it made of them. `consume` is called anew for every attempt
   * (after a broken connection, or at the next mirror), so it starts from scratch each time; its stream throws before
   * its end where the bytes are not those expected. `where` names file and mirror, for messages. Where `consume` throws
   * a `DebianError` about what was served, the next mirror is asked; any other error ends the reading.
   * @throws DebianError `hash-mismatch`, `size-mismatch`, `too-large`, `archive-unavailable`, `aborted`
   */
  read<T>(
    file: ArchiveFile,
    consume: (body: AsyncIterable<Uint8Array>, where: string) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T>;
}

export type DebianEvent =
  /** A signed release file was read. */
  | { readonly kind: "release"; readonly suite: string; readonly date: string }
  /** A mirror did not deliver; `next` says what follows. */
  | { readonly kind: "retry"; readonly file: string; readonly reason: string; readonly next: string }
  /** A file is there, from a mirror or (`cached`) from the cache. */
  | { readonly kind: "file"; readonly file: string; readonly size: number; readonly cached: boolean }
  /** Dependencies of a base were resolved for one platform. */
  | {
      readonly kind: "resolved";
      readonly base: string;
      readonly platform: string;
      readonly packages: number;
    };

export type OnDebianEvent = (event: DebianEvent) => void;
