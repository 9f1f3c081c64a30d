import type { TarEntry } from "@seaworthy/oci";
import { EvidenceError } from "../error.ts";
import type { LayerVisitor } from "./visitor.ts";

const WHITEOUT = ".wh.";
/** OCI image spec, layer.md, "Opaque Whiteout". */
const OPAQUE = ".wh..wh..opq";
/** As many as Linux follows (path_resolution(7)). */
const MAX_LINKS = 40;
/** Names walked to find one file: enough for any real link, and not for links to paths of thousands of names. */
const MAX_STEPS = 512;

/** A file as a container sees it: the layer its path comes from. */
export interface VisibleFile {
  readonly path: string;
  readonly layer: number;
}

/** Which layer the file of a path comes from once all layers lie on each other. Asked after the pass. */
export interface Visible extends LayerVisitor {
  /** True where this layer's version of the path is the one a container sees. */
  isVisible(path: string, layer: number): boolean;
  /** What a path leads to, links followed and none out of the root; undefined where it is no file. */
  fileAt(path: string): VisibleFile | undefined;
  /** True where a file is below this folder. */
  hasBelow(path: string): boolean;
  /** Every visible path that is no directory, with its layer. */
  paths(): Iterable<readonly [path: string, layer: number]>;
}

/** A name in the merged tree. `layer` is set where it is no directory. */
interface Node {
  layer?: number;
  /** Of a symlink. */
  target?: string;
  /** The layer that was the last to hide what others put below. */
  hiddenBy?: number;
  /** Most names are files and have none. */
  children?: Map<string, Node>;
}

/**
 * Follows whiteouts (OCI image spec, layer.md) by names alone; wants no content. A short archive can hold names that are
 * long and deep, so how many names of folders and files are kept has a limit.
 * @throws EvidenceError `too-large`, while layers are visited
 */
export function visiblePaths({ maxNames = 2_000_000 }: { readonly maxNames?: number } = {}): Visible {
  const root: Node = {};
  let free = maxNames;
  return {
    wants(entry, layer) {
      free -= note(root, entry, layer);
      if (free < 0)
        throw new EvidenceError(
          "too-large",
          `layer ${layer}: more than ${maxNames} names of files and folders`,
        );
      return undefined;
    },
    visit: () => undefined,
    isVisible: (path, layer) => find(root, path.split("/"))?.layer === layer,
    fileAt: (path) => fileAt(root, path),
    hasBelow: (path) => pathsBelow(find(root, path.split("/")) ?? {}).next().done === false,
    paths: () => pathsBelow(root),
  };
}

/** Returns how many names are new. */
function note(root: Node, { path, type, linkname }: TarEntry, layer: number): number {
  const names = path.split("/");
  const name = names.pop() ?? "";
  if (name === OPAQUE) {
    hideBelow(find(root, names), layer);
  } else if (name.startsWith(WHITEOUT)) {
    const node = find(root, [...names, name.slice(WHITEOUT.length)]);
    hideOwn(node, layer);
    hideBelow(node, layer);
  } else if (type === "directory") {
    // In place of a file or of a link.
    hideOwn(find(root, [...names, name]), layer);
  } else {
    const { node, made } = make(root, [...names, name]);
    // A file in place of a folder hides what was in it.
    hideBelow(node, layer);
    node.layer = layer;
    if (type === "symlink" && linkname !== undefined) node.target = linkname;
    else delete node.target;
    return made;
  }
  return 0;
}

function hideOwn(node: Node | undefined, layer: number): void {
  if (node?.layer !== undefined && node.layer < layer) delete node.layer;
}

function make(root: Node, names: readonly string[]): { readonly node: Node; readonly made: number } {
  let node = root;
  let made = 0;
  for (const name of names) {
    node.children ??= new Map();
    let child = node.children.get(name);
    if (child === undefined) {
      node.children.set(name, (child = {}));
      made++;
    }
    node = child;
  }
  return { node, made };
}

function find(root: Node, names: readonly string[]): Node | undefined {
  let node: Node | undefined = root;
  for (const name of names) if (name !== "") node = node?.children?.get(name);
  return node;
}

/**
 * What lower layers put below a name is gone; what this layer puts there itself, before or after, stays. No recursion:
 * names may be two thousand deep. What this layer has hidden already is not walked again, however often it says so.
 */
function hideBelow(top: Node | undefined, layer: number): void {
  const found: (readonly [parent: Node, name: string, child: Node])[] = [];
  const pending = top === undefined ? [] : [top];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (node.hiddenBy === layer) continue;
    node.hiddenBy = layer;
    for (const [name, child] of node.children ?? []) {
      found.push([node, name, child]);
      pending.push(child);
    }
  }
  for (const [parent, name, child] of found.toReversed()) {
    hideOwn(child, layer);
    if (child.layer === undefined && (child.children?.size ?? 0) === 0) parent.children?.delete(name);
  }
}

function fileAt(root: Node, path: string): VisibleFile | undefined {
  const pending = path.split("/").toReversed();
  const trail: { readonly name: string; readonly node: Node }[] = [];
  let links = 0;
  let steps = 0;
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (++steps > MAX_STEPS) return undefined;
    // At the top this does nothing, as in a chroot.
    if (name === "..") trail.pop();
    if (name === "" || name === "." || name === "..") continue;
    const node = (trail.at(-1)?.node ?? root).children?.get(name);
    if (node === undefined) return undefined;
    const target = node.layer === undefined ? undefined : node.target;
    if (target === undefined) {
      trail.push({ name, node });
      continue;
    }
    if (++links > MAX_LINKS) return undefined;
    if (target.startsWith("/")) trail.length = 0;
    pending.push(...target.split("/").toReversed());
  }
  const layer = trail.at(-1)?.node.layer;
  return layer === undefined ? undefined : { path: trail.map(({ name }) => name).join("/"), layer };
}

function* pathsBelow(root: Node): Generator<readonly [string, number]> {
  const open = (prefix: string, node: Node) => ({ prefix, children: (node.children ?? new Map()).entries() });
  const stack = [open("", root)];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const next = top.children.next() as IteratorResult<[string, Node]>;
    if (next.done === true) {
      stack.pop();
      continue;
    }
    const [name, child] = next.value;
    if (child.layer !== undefined) yield [top.prefix + name, child.layer];
    if (child.children !== undefined) stack.push(open(`${top.prefix}${name}/`, child));
  }
}
