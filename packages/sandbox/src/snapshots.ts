import type { TarItem } from "@seaworthy/oci";

/** A name of a committed layer directory: letters, digits, `-`; chosen by the caller (a key), unique in the store. */
export type SnapshotId = string;

/** Mounted; read it with synchronous file calls from the main thread only (the mount namespace is that thread's). */
export interface View extends Disposable {
  /** The merged root directory. */
  readonly root: string;
}

export interface Draft extends View {
  /** Only what was changed since the parents: overlay form (character device 0:0 is a whiteout). */
  readonly upper: string;
}

/**
 * Layers as directories, stacked by overlay mounts. A snapshot is immutable once committed; committing is a rename, so
 * a crash leaves either the whole snapshot or none. Disposing closes what is still open and removes this process's
 * temporary files; what a crash left is removed by the next `sweep`.
 */
export interface Snapshots extends Disposable {
  has(id: SnapshotId): boolean;
  /**
   * A writable view over the parents, lowest first; disposing throws it away unless it was committed. It also shows the
   * empty files and directories that a sandbox mounts over (/proc, /sys, /dev, /etc/hosts …) where the parents lack them.
   */
  prepare(parents: readonly SnapshotId[]): Draft;
  /** A read-only view over the parents, lowest first. */
  view(parents: readonly SnapshotId[]): View;
  /** Unmounts the draft and keeps its changes under `id`. Where `id` exists already, that one stays. */
  commit(draft: Draft, id: SnapshotId): void;
  /**
   * Unpacks a layer (OCI whiteouts become overlay whiteouts) and keeps it under `id`. Paths never leave it. Where `id`
   * exists already, nothing is read. With `parents` (lowest first), a directory the layer does not mention looks as it
   * does there, and a hard link may name a file of theirs; such a snapshot belongs on these parents only.
   */
  extract(
    layer: AsyncIterable<TarItem>,
    id: SnapshotId,
    signal: AbortSignal,
    parents?: readonly SnapshotId[],
  ): Promise<void>;
  /**
   * The snapshot as a layer: deterministic, sorted by path, times clamped to `epoch` (seconds), overlay whiteouts as
   * `.wh.` entries, `.wh..wh..opq` only where a parent has that directory.
   */
  diff(id: SnapshotId, parents: readonly SnapshotId[], epoch: number): AsyncIterable<TarItem>;
  remove(id: SnapshotId): Promise<void>;
  /**
   * Writes to disk what was committed so far. A snapshot that was never flushed is gone after the machine restarts
   * (`has` says no): flush once at the end of a build.
   */
  flush(): void;
  /** Removes leftovers of crashed runs. */
  sweep(): Promise<void>;
}
