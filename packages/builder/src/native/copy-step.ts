import { posix } from "node:path";
import { type AddInstruction, type CopyInstruction, parseChmod } from "@seaworthy/dockerfile";
import type { TarItem } from "@seaworthy/oci";
import { lookUpOwner, numericOwner } from "./accounts.ts";
import { failAt } from "./blame.ts";
import { type FileTree, stageTree } from "./file-tree.ts";
import { hashFile } from "./hash-cache.ts";
import { keyOf } from "./key.ts";
import { type Layer, idsOf } from "./layer.ts";
import {
  type Destination,
  type Owner,
  type Placed,
  itemsOfPlaced,
  place,
  placedKey,
  withParents,
} from "./place.ts";
import { resolveInRoot } from "./rooted.ts";
import { type Selected, select, selectionKey } from "./select.ts";
import type { Shop } from "./shop.ts";
import type { StageState } from "./state.ts";

type Copying = CopyInstruction | AddInstruction;

/** The layer a COPY (or an ADD of plain files) makes, and whether it was known already. */
export async function copyLayer(
  shop: Shop,
  state: StageState,
  instruction: Copying,
): Promise<{ readonly layer: Layer; readonly cached: boolean }> {
  const copy = await prepare(shop, state, instruction);
  const key = keyOf({
    op: "copy",
    selection: await selectionOf(shop, copy),
    heredocs: copy.heredocs.map(({ name, text }) => [name, text]),
    to: copy.to,
    slash: copy.slash,
    link: instruction.link,
    chown: instruction.chown,
    chmod: instruction.chmod,
    parents: copy.parents,
    below: instruction.link ? undefined : idsOf(state.layers),
    epoch: shop.request.epoch,
  });
  const known = shop.request.noCache === true ? undefined : layerOf(shop.records.get("copy", key));
  const id =
    known ?? (await withPlaced(shop, state, copy, (placed) => placedKey(placed, shop.request.epoch)));
  if (known === undefined) shop.records.put("copy", key, { layer: id });
  const open = async function* (): AsyncGenerator<TarItem> {
    const release = new DisposableStack();
    try {
      const placed = await placedIn(shop, state, copy, release);
      yield* itemsOfPlaced(placed, shop.request.epoch);
    } finally {
      release.dispose();
    }
  };
  return { layer: { id, source: { kind: "items", open } }, cached: known !== undefined };
}

function layerOf(record: unknown): string | undefined {
  const layer = (record as { layer?: unknown } | undefined)?.layer;
  return typeof layer === "string" && /^[0-9a-f]{64}$/.test(layer) ? layer : undefined;
}

interface Copy {
  readonly instruction: Copying;
  readonly from: StageState | FileTree;
  readonly fromName: string;
  readonly sources: readonly string[];
  readonly heredocs: readonly { readonly name: string; readonly text: string }[];
  /** Absolute destination in the image. */
  readonly to: string;
  readonly slash: boolean;
  readonly parents: boolean;
}

async function prepare(shop: Shop, state: StageState, instruction: Copying): Promise<Copy> {
  const from = instruction.kind === "copy" ? instruction.from : undefined;
  const { destination } = instruction;
  return {
    instruction,
    from: from === undefined ? shop.context : await shop.source(from, state),
    fromName: from === undefined ? shop.context.name : `stage or image ${JSON.stringify(from)}`,
    sources: instruction.sources,
    heredocs: instruction.heredocSources.map(({ name, content }) => ({ name, text: content })),
    to: posix.resolve(state.config.WorkingDir ?? "/", destination),
    slash: destination.endsWith("/") || destination === "." || destination.endsWith("/."),
    parents: instruction.kind === "copy" && instruction.parents,
  };
}

/** A stage's files never change under one key, so its selection is remembered; a context is looked at each time. */
async function selectionOf(shop: Shop, copy: Copy): Promise<string> {
  if (isTree(copy.from)) return selectionKey(copy.from, selected(shop, copy, copy.from));
  const { sources, instruction } = copy;
  const key = keyOf({ op: "select", layers: idsOf(copy.from.layers), sources, exclude: instruction.exclude });
  const known = layerOf(shop.records.get("select", key));
  if (known !== undefined) return known;
  using release = new DisposableStack();
  const tree = await treeOf(shop, copy, release);
  const selection = selectionKey(tree, selected(shop, copy, tree));
  shop.records.put("select", key, { layer: selection });
  return selection;
}

export function isTree(from: StageState | FileTree): from is FileTree {
  return "root" in from;
}

async function treeOf(shop: Shop, copy: Copy, release: DisposableStack): Promise<FileTree> {
  if (isTree(copy.from)) return copy.from;
  const view = release.use(await shop.layers.view(copy.from.layers, shop.signal));
  return stageTree(copy.fromName, view, (absolute) => hashFile(absolute));
}

function selected(shop: Shop, copy: Copy, tree: FileTree): Selected[] {
  const { instruction, sources } = copy;
  const fail = failAt(shop.file, instruction.range, "copy-source");
  return select(tree, sources, { exclude: instruction.exclude, fail });
}

async function withPlaced<T>(
  shop: Shop,
  state: StageState,
  copy: Copy,
  use: (placed: Placed[]) => T,
): Promise<T> {
  using release = new DisposableStack();
  return use(await placedIn(shop, state, copy, release));
}

async function placedIn(
  shop: Shop,
  state: StageState,
  copy: Copy,
  release: DisposableStack,
): Promise<Placed[]> {
  const tree = await treeOf(shop, copy, release);
  const files = selected(shop, copy, tree);
  const below = await belowOf(shop, state, copy, release);
  const destination = destinationOf(copy, files.length, below);
  const owner = ownerOf(shop, copy, below);
  const mode = copy.instruction.chmod === undefined ? undefined : parseChmod(copy.instruction.chmod);
  const placed = place(tree, files, { destination, owner, mode, parents: copy.parents });
  const texts = copy.heredocs.map(({ name, text }): Placed => {
    const content = Buffer.from(text);
    const path = destination.directory ? posix.join(destination.path, name) : destination.path;
    const own = owner ?? { uid: 0, gid: 0 };
    return {
      path,
      type: "file",
      mode: mode?.(0o644, false) ?? 0o644,
      ...own,
      size: content.length,
      content: { text: content },
    };
  });
  return withParents([...placed, ...texts], destination, owner ?? { uid: 0, gid: 0 });
}

/** The files the copy lands on; undefined where the result must not depend on them (`--link`) or there are none. */
async function belowOf(
  shop: Shop,
  state: StageState,
  { instruction }: Copy,
  release: DisposableStack,
): Promise<string | undefined> {
  const namesOwner = instruction.chown !== undefined && numericOwner(instruction.chown) === undefined;
  if (state.layers.length === 0 || (instruction.link && !namesOwner)) return undefined;
  return release.use(await shop.layers.view(state.layers, shop.signal)).root;
}

function destinationOf(copy: Copy, sources: number, below: string | undefined): Destination {
  const several = sources + copy.heredocs.length > 1 || copy.slash || copy.parents;
  const plain = copy.to.slice(1);
  if (below === undefined || copy.instruction.link) {
    return { path: plain, directory: several || plain === "", exists: () => false };
  }
  const { path, stats } = resolveInRoot(below, copy.to);
  return {
    path,
    directory: several || stats?.isDirectory() === true,
    exists: (at) => resolveInRoot(below, at, { followLast: false }).stats?.isDirectory() === true,
  };
}

function ownerOf(shop: Shop, { instruction }: Copy, below: string | undefined): Owner | undefined {
  const { chown } = instruction;
  if (chown === undefined) return undefined;
  const owner = numericOwner(chown) ?? (below === undefined ? undefined : lookUpOwner(below, chown));
  if (owner !== undefined) return owner;
  return failAt(
    shop.file,
    instruction.range,
    "user-not-found",
  )(
    `--chown=${chown}: no such user or group in the image's /etc/passwd and /etc/group`,
    "use numbers: --chown=1000:1000",
  );
}
