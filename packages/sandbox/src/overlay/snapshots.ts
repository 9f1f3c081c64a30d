import { chmodSync, existsSync, lchownSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import type { TarItem } from "@seaworthy/oci";
import { SandboxError, toSandboxError } from "../error.ts";
import type { Draft, SnapshotId, Snapshots, View } from "../snapshots.ts";
import { spreadChildren } from "../sys/attributes.ts";
import { type Libc, loadLibc } from "../sys/libc.ts";
import { unmount } from "../sys/mount.ts";
import { enterMountNamespace, inUserNamespace } from "../sys/namespace.ts";
import { differences } from "./diff.ts";
import { LAYER_LIMITS, type LayerLimits, unpackLayer } from "./extract.ts";
import type { MarkForm } from "./marks.ts";
import { mountOverlay } from "./mount.ts";
import { pruneUnchanged } from "./prune.ts";
import { type Session, openSession, sweepSessions } from "./session.ts";
import {
  type StorePaths,
  claimForm,
  discard,
  flush,
  isTrusted,
  makeDirectories,
  makeStub,
  publish,
  rootAttributes,
  snapshotPath,
  storePaths,
} from "./store.ts";

export interface SnapshotsOptions {
  /** Told what an unpacked layer has that cannot be kept here (an attribute, a device). Default: nobody is told. */
  readonly warn?: (message: string) => void;
  readonly limits?: LayerLimits;
}

/** What the first real use opens; a build that finds everything in its cache never comes here. */
interface Opened {
  readonly libc: Libc;
  readonly form: MarkForm;
  readonly session: Session;
}

interface Place {
  readonly path: string;
  readonly parents: readonly SnapshotId[];
}

/**
 * Snapshots under `dir`, which must be on a file system that can hold an overlay. Nothing is read, made or loaded until
 * a method needs it.
 */
export function openSnapshots(dir: string, options: SnapshotsOptions = {}): Snapshots {
  return new OverlaySnapshots(dir, options);
}

class OverlaySnapshots implements Snapshots {
  readonly #paths: StorePaths;
  readonly #warn: (message: string) => void;
  readonly #limits: LayerLimits;
  readonly #drafts = new Map<Draft, Place>();
  readonly #views = new Set<View>();
  readonly #unflushed = new Set<SnapshotId>();
  #opened: Opened | undefined;

  constructor(dir: string, { warn = () => {}, limits = LAYER_LIMITS }: SnapshotsOptions) {
    this.#paths = storePaths(dir);
    this.#warn = warn;
    this.#limits = limits;
  }

  #open(): Opened {
    if (this.#opened) return this.#opened;
    const form = inUserNamespace() ? "user" : "trusted";
    const paths = this.#paths;
    try {
      makeDirectories(paths);
      claimForm(paths, form);
      const libc = loadLibc();
      spreadChildren(libc, paths.snapshots);
      const session = openSession(libc, paths.tmp);
      makeStub(paths.stub, session);
      this.#opened = { libc, form, session };
      return this.#opened;
    } catch (error) {
      throw toSandboxError(`open the snapshots in ${paths.snapshots}`, error);
    }
  }

  has(id: SnapshotId): boolean {
    return isTrusted(snapshotPath(this.#paths, id));
  }

  #layer(id: SnapshotId): string {
    if (!this.has(id)) {
      throw new SandboxError(
        "invalid-snapshot",
        `snapshot ${id}: expected it in ${this.#paths.snapshots}, found none`,
      );
    }
    return `${snapshotPath(this.#paths, id)}/fs`;
  }

  #rootBelow(parents: readonly SnapshotId[]): ReturnType<typeof rootAttributes> {
    const top = parents.at(-1);
    return rootAttributes(top === undefined ? undefined : this.#layer(top));
  }

  prepare(parents: readonly SnapshotId[]): Draft {
    const { libc, form, session } = this.#open();
    const lowers = [this.#paths.stub, ...parents.map((id) => this.#layer(id))];
    enterMountNamespace();
    const place = session.create();
    const [upper, work, root] = [`${place}/fs`, `${place}/work`, `${place}/root`];
    for (const path of [upper, work, root]) mkdirSync(path);
    const { mode, uid, gid } = this.#rootBelow(parents);
    lchownSync(upper, uid, gid);
    chmodSync(upper, mode);
    mountOverlay(libc, { lowers, writable: { upper, work }, target: root, form });
    const draft: Draft = {
      root,
      upper,
      [Symbol.dispose]: () => {
        if (!this.#drafts.delete(draft)) return;
        unmount(libc, root);
        rmSync(place, { recursive: true, force: true });
      },
    };
    this.#drafts.set(draft, { path: place, parents });
    return draft;
  }

  view(parents: readonly SnapshotId[]): View {
    this.#open();
    // A mount without an upper directory takes two lower ones at least.
    return this.#mountView([...this.#paths.empty, ...parents.map((id) => this.#layer(id))]);
  }

  #mountView(lowers: readonly string[]): View {
    const { libc, form, session } = this.#open();
    enterMountNamespace();
    const place = session.create();
    mountOverlay(libc, { lowers, target: place, form });
    const view: View = {
      root: place,
      [Symbol.dispose]: () => {
        if (!this.#views.delete(view)) return;
        unmount(libc, place);
        rmSync(place, { recursive: true, force: true });
      },
    };
    this.#views.add(view);
    return view;
  }

  /** The merged parents, mounted only if somebody looks at them. */
  #lazyView(parents: readonly SnapshotId[]): { readonly lower: () => string | undefined } & Disposable {
    let view: View | undefined;
    return {
      lower: () => (parents.length === 0 ? undefined : (view ??= this.view(parents)).root),
      [Symbol.dispose]: () => view?.[Symbol.dispose](),
    };
  }

  /** What lay under a draft, the runtime's mount points included. */
  #prune(upper: string, parents: readonly SnapshotId[]): void {
    const { libc, form } = this.#open();
    let view: View | undefined;
    const lowers = [this.#paths.empty[0], this.#paths.stub, ...parents.map((id) => this.#layer(id))];
    const lower = (): string => (view ??= this.#mountView(lowers)).root;
    try {
      pruneUnchanged({ libc, form, upper, lower });
    } finally {
      view?.[Symbol.dispose]();
    }
  }

  commit(draft: Draft, id: SnapshotId): void {
    const { libc, session } = this.#open();
    const found = this.#drafts.get(draft);
    if (!found) {
      throw new SandboxError("invalid-snapshot", `commit ${id}: expected an open draft of this store`);
    }
    snapshotPath(this.#paths, id);
    const { path: place, parents } = found;
    unmount(libc, draft.root);
    this.#prune(draft.upper, parents);
    for (const name of ["work", "root"]) rmSync(`${place}/${name}`, { recursive: true, force: true });
    this.#drafts.delete(draft);
    publish(this.#paths, session, place, id);
    this.#unflushed.add(id);
  }

  async extract(
    layer: AsyncIterable<TarItem>,
    id: SnapshotId,
    signal: AbortSignal,
    parents: readonly SnapshotId[] = [],
  ): Promise<void> {
    if (this.has(id)) return;
    const { libc, form, session } = this.#open();
    const place = session.create();
    const root = `${place}/fs`;
    try {
      mkdirSync(root);
      const { mode, uid, gid } = this.#rootBelow(parents);
      lchownSync(root, uid, gid);
      chmodSync(root, mode);
      using below = this.#lazyView(parents);
      const to = { libc, form, root, lower: below.lower, warn: this.#warn };
      await unpackLayer(layer, to, this.#limits, signal);
    } catch (error) {
      rmSync(place, { recursive: true, force: true });
      throw error;
    }
    publish(this.#paths, session, place, id);
    this.#unflushed.add(id);
  }

  async *diff(id: SnapshotId, parents: readonly SnapshotId[], epoch: number): AsyncGenerator<TarItem> {
    const { libc, form } = this.#open();
    const upper = this.#layer(id);
    using below = this.#lazyView(parents);
    yield* differences({ libc, form, upper, lower: below.lower, rootBelow: this.#rootBelow(parents), epoch });
  }

  async remove(id: SnapshotId): Promise<void> {
    const path = snapshotPath(this.#paths, id);
    if (!existsSync(path)) return;
    await discard(this.#open().session, path);
  }

  flush(): void {
    if (this.#unflushed.size === 0) return;
    flush(this.#open().libc, this.#paths, this.#unflushed);
    this.#unflushed.clear();
  }

  async sweep(): Promise<void> {
    if (!existsSync(this.#paths.tmp)) return;
    const { libc, session } = this.#open();
    for (const id of readdirSync(this.#paths.snapshots)) {
      const path = `${this.#paths.snapshots}/${id}`;
      if (!isTrusted(path)) await discard(session, path);
    }
    await sweepSessions(libc, this.#paths.tmp);
  }

  [Symbol.dispose](): void {
    for (const open of [...this.#drafts.keys(), ...this.#views]) open[Symbol.dispose]();
    this.#opened?.session[Symbol.dispose]();
    this.#opened = undefined;
  }
}
