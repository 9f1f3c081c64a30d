import type { TarEntry } from "@seaworthy/oci";
import type { LayerVisitor } from "./visitor.ts";

const WHITEOUT = ".wh.";
/** OCI image spec, layer.md, "Opaque Whiteout". */
const OPAQUE = ".wh..wh..opq";

/** Which layer the file of a path comes from once all layers lie on each other. */
export interface Visible extends LayerVisitor {
  /** True where this layer's version of the path is the one a container sees. Asked after the pass. */
  isVisible(path: string, layer: number): boolean;
  /** Every visible path that is no directory, with its layer. */
  paths(): Iterable<readonly [path: string, layer: number]>;
}

/** A name in the merged tree. `layer` is set where it is no directory. */
interface Node {
  layer?: number;
  readonly children: Map<string, Node>;
}

/** Follows whiteouts (OCI image spec, layer.md) by names alone; wants no content. */
export function visiblePaths(): Visible {
  const root: Node = { children: new Map() };
  return {
    wants(entry, layer) {
      note(root, entry, layer);
      return undefined;
    },
    visit: () => undefined,
    isVisible: (path, layer) => find(root, path)?.layer === layer,
    paths: () => pathsBelow(root, ""),
  };
}

function note(root: Node, { path, type }: TarEntry, layer: number): void {
  const names = path.split("/");
  const name = names.pop() ?? "";
  if (name === OPAQUE) {
    hide(find(root, names.join("/")), layer);
  } else if (name.startsWith(WHITEOUT)) {
    hideAll(find(root, [...names, name.slice(WHITEOUT.length)].join("/")), layer);
  } else if (type !== "directory") {
    const node = make(root, [...names, name]);
    // A file in place of a folder hides what was in it.
    hide(node, layer);
    node.layer = layer;
  }
}

function find(root: Node, path: string): Node | undefined {
  let node: Node | undefined = root;
  for (const name of path === "" ? [] : path.split("/")) node = node?.children.get(name);
  return node;
}

function make(root: Node, names: readonly string[]): Node {
  let node = root;
  for (const name of names) {
    const child: Node = node.children.get(name) ?? { children: new Map() };
    node.children.set(name, child);
    node = child;
  }
  return node;
}

function hideAll(node: Node | undefined, below: number): void {
  if (node === undefined) return;
  if (node.layer !== undefined && node.layer < below) delete node.layer;
  hide(node, below);
}

/** What lower layers put below a name is gone; what this layer puts there itself, before or after, stays. */
function hide(node: Node | undefined, below: number): void {
  for (const [name, child] of node?.children ?? []) {
    hideAll(child, below);
    if (child.layer === undefined && child.children.size === 0) node!.children.delete(name);
  }
}

function* pathsBelow(node: Node, prefix: string): Generator<readonly [string, number]> {
  for (const [name, child] of node.children) {
    if (child.layer !== undefined) yield [prefix + name, child.layer];
    yield* pathsBelow(child, `${prefix}${name}/`);
  }
}
