import { createHash } from "node:crypto";
import { DebianError } from "../error.ts";
import type { Content } from "./spool.ts";

export interface Metadata {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: number;
  readonly xattrs?: ReadonlyMap<string, Uint8Array>;
}

/** Two files are hard links of each other where they share one `content` object. */
export type RootNode = Metadata & { readonly owner: Owner } & (
    | { readonly type: "directory" }
    | { readonly type: "file"; readonly content: Content }
    | { readonly type: "symlink"; readonly target: string }
  );

/** Who put a node there. */
export interface Owner {
  readonly name: string;
  /** Whether this package's `Replaces` field covers the other. */
  replaces(other: Owner): boolean;
}

const MAX_LINKS = 40;

/**
 * The root file system while it is put together: paths → nodes, without a file system beneath. Entries below a symlink
 * land where the link leads, as they would on disk, and no link leads out of the root.
 */
export class RootTree {
  readonly #nodes = new Map<string, RootNode>();

  get(path: string): RootNode | undefined {
    return this.#nodes.get(path);
  }

  /** All nodes, in no order. */
  entries(): Iterable<readonly [string, RootNode]> {
    return this.#nodes.entries();
  }

  remove(path: string): void {
    this.#nodes.delete(path);
  }

  /**
   * The path with symlinks among its parents resolved; the last part stays as it is.
   * @throws DebianError `path-escape` for a loop of links, `file-conflict` where a parent is a file
   */
  locate(path: string): string {
    const pending = path.split("/").filter((part) => part !== "" && part !== ".");
    const done: string[] = [];
    let links = 0;
    while (pending.length > 0) {
      const part = pending.shift()!;
      if (part === "..") {
        // At the top this does nothing, as in a chroot: no link leads out.
        done.pop();
        continue;
      }
      done.push(part);
      if (pending.length === 0) break;
      const node = this.#nodes.get(done.join("/"));
      if (node === undefined || node.type === "directory") continue;
      if (node.type === "file") throw conflict(path, `${done.join("/")} is a file of ${node.owner.name}`);
      if (++links > MAX_LINKS)
        throw new DebianError("path-escape", `${path}: more than ${MAX_LINKS} symlinks on the way`);
      done.pop();
      if (node.target.startsWith("/")) done.length = 0;
      pending.unshift(...node.target.split("/").filter((each) => each !== "" && each !== "."));
    }
    return done.join("/");
  }

  /** The node a path leads to, symlinks followed to the end. */
  follow(path: string): RootNode | undefined {
    let at = this.locate(path);
    for (let links = 0; links <= MAX_LINKS; links++) {
      const node = this.#nodes.get(at);
      if (node?.type !== "symlink") return node;
      const parent = at.includes("/") ? at.slice(0, at.lastIndexOf("/")) : "";
      at = this.locate(node.target.startsWith("/") ? node.target : `${parent}/${node.target}`);
    }
    return undefined;
  }

  /**
   * Adds a node, or keeps the one that is there where dpkg would: a directory of two packages, the same file twice, a
   * directory where a symlink is.
   * @throws DebianError `file-conflict`
   */
  add(path: string, node: RootNode): void {
    const at = this.locate(path);
    if (at === "") return;
    const before = this.#nodes.get(at);
    if (before === undefined || this.#isReplaced(at, before, node)) this.#nodes.set(at, node);
  }

  #isReplaced(path: string, before: RootNode, node: RootNode): boolean {
    if (before.type === "directory" && node.type === "directory") return false;
    if (before.type === "symlink" && node.type === "directory" && this.#leadsToNoFile(path)) return false;
    if (isSame(before, node)) return false;
    if (node.owner.replaces(before.owner)) return before.type !== "directory" || this.#isEmpty(path);
    if (before.owner.replaces(node.owner)) return false;
    throw conflict(
      path,
      `${before.owner.name} has a ${before.type} there, ${node.owner.name} another ${node.type}`,
    );
  }

  #leadsToNoFile(path: string): boolean {
    return this.follow(path)?.type !== "file";
  }

  #isEmpty(path: string): boolean {
    for (const other of this.#nodes.keys()) if (other.startsWith(`${path}/`)) return false;
    return true;
  }
}

function isSame(a: RootNode, b: RootNode): boolean {
  if (a.type === "symlink" && b.type === "symlink") return a.target === b.target;
  if (a.type !== "file" || b.type !== "file" || a.mode !== b.mode) return false;
  return a.content.size === b.content.size && sha256(a.content) === sha256(b.content);
}

function sha256(content: Content): string {
  const hash = createHash("sha256");
  for (const chunk of content.chunks()) hash.update(chunk);
  return hash.digest("hex");
}

function conflict(path: string, found: string): DebianError {
  return new DebianError("file-conflict", `/${path}: ${found}`, {
    hint: "take one of the two out of the base, or leave the path out by `exclude`",
  });
}
