import { DebianError } from "../error.ts";
import { contentOf } from "./spool.ts";
import { writer } from "./merge.ts";
import type { Metadata, RootTree } from "./tree.ts";

const SEAWORTHY = writer("seaworthy");

/** Puts what packages do not ship into a tree: each of root, with one time for all. */
export class RootWriter {
  readonly tree: RootTree;
  readonly #mtime: number;

  constructor(tree: RootTree, mtime: number) {
    this.tree = tree;
    this.#mtime = mtime;
  }

  file(path: string, text: string | Uint8Array, metadata: Partial<Metadata> = {}): void {
    this.tree.add(path, { ...this.#metadata(0o644, metadata), type: "file", content: contentOf(text) });
  }

  directory(path: string, metadata: Partial<Metadata> = {}): void {
    this.tree.add(path, { ...this.#metadata(0o755, metadata), type: "directory" });
  }

  symlink(path: string, target: string): void {
    this.tree.add(path, { ...this.#metadata(0o777, {}), type: "symlink", target });
  }

  /** A symlink in place of an empty directory that a package ships. */
  migrate(path: string, target: string): void {
    this.tree.remove(path);
    this.symlink(path, target);
  }

  has(path: string): boolean {
    return this.tree.follow(path) !== undefined;
  }

  /** The text of a file in the tree, undefined where there is none. */
  read(path: string): string | undefined {
    const node = this.tree.follow(path);
    if (node?.type !== "file") return undefined;
    if (node.content.size > 1 << 20) {
      throw new DebianError(
        "too-large",
        `/${path}: expected at most 1 MiB, found ${node.content.size} bytes`,
      );
    }
    return Buffer.concat([...node.content.chunks()]).toString("utf8");
  }

  /** Copies a file of a package to where its maintainer script would, unless something is there. */
  copy(from: string, to: string): void {
    const text = this.read(from);
    if (text !== undefined && !this.has(to)) this.file(to, text);
  }

  #metadata(mode: number, given: Partial<Metadata>) {
    return { mode, uid: 0, gid: 0, mtime: this.#mtime, owner: SEAWORTHY, ...given };
  }
}
