import type { TarEntry } from "@seaworthy/oci";
import { afterEach, beforeEach } from "vitest";
import type { SnapshotId, Snapshots } from "../src/snapshots.ts";
import { read } from "./layers.ts";

export interface SnapshotsFixture extends Disposable {
  readonly snapshots: Snapshots;
  /** Where the implementation keeps everything, to look for leftovers. */
  readonly directory: string;
}

export const EPOCH = 1_700_000_000;

/** A fixture for each test, and what tests of a contract do with one. */
export class SnapshotsBench {
  #fixture: SnapshotsFixture | undefined;

  constructor(open: () => SnapshotsFixture) {
    beforeEach(() => {
      this.#fixture = open();
    });
    afterEach(() => this.#fixture?.[Symbol.dispose]());
  }

  get fixture(): SnapshotsFixture {
    return this.#fixture!;
  }

  get snapshots(): Snapshots {
    return this.fixture.snapshots;
  }

  keep(id: SnapshotId, parents: readonly SnapshotId[], change: (root: string) => void): void {
    const draft = this.snapshots.prepare(parents);
    change(draft.root);
    this.snapshots.commit(draft, id);
  }

  diff(id: SnapshotId, parents: readonly SnapshotId[]): Promise<(TarEntry & { text: string })[]> {
    return read(this.snapshots.diff(id, parents, EPOCH));
  }

  async paths(id: SnapshotId, parents: readonly SnapshotId[]): Promise<string[]> {
    return (await this.diff(id, parents)).map(({ path }) => path);
  }
}
