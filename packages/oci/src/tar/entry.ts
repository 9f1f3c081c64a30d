export type TarEntryType = "file" | "directory" | "symlink" | "hardlink" | "char" | "block" | "fifo";

/**
 * One member of a layer. `path` is relative, slash-separated, without leading `/` or `./`, without trailing `/`, never
 * empty but for the root directory itself, which is `.`. Times are seconds since 1970, possibly fractional.
 */
export interface TarEntry {
  readonly path: string;
  readonly type: TarEntryType;
  /** Permission bits with setuid, setgid and sticky: 0 to 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: number;
  /** Bytes of content; 0 for all but files. */
  readonly size: number;
  /** Symlink: the target as written. Hardlink: the `path` of an earlier entry. */
  readonly linkname?: string;
  readonly devMajor?: number;
  readonly devMinor?: number;
  /** `SCHILY.xattr.*` records, values as raw bytes. */
  readonly xattrs?: ReadonlyMap<string, Uint8Array>;
}

/** An entry with its content, which must be read (or skipped) before the next entry is asked for. */
export interface TarItem {
  readonly entry: TarEntry;
  readonly content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}
