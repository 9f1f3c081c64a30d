import { posix } from "node:path";
import { type AddInstruction, type CopyInstruction, parseChmod } from "@seaworthy/dockerfile";
import type { TarItem } from "@seaworthy/oci";
import { failAt } from "../blame.ts";
import { numericOwner } from "../files/accounts.ts";
import type { FileTree } from "../files/file-tree.ts";
import { type Outline, outlineOf, rememberOutline, rememberedOutline } from "../files/outline.ts";
import { normalise } from "../files/paths.ts";
import { changed, itemsOfPlaced } from "../files/placed-items.ts";
import { type Placed, ROOT, complete, place, placedKey } from "../files/place.ts";
import { type Selected, select } from "../files/select.ts";
import { selectionKey } from "../files/selection-key.ts";
import { stageTree } from "../files/trees.ts";
import { idsOf, layerIdIn } from "../image/layer.ts";
import { keyOf } from "../key.ts";
import type { Made, Shop } from "../shop.ts";
import type { StageState } from "../state.ts";
import { openBelow } from "./below.ts";
import { destinationOf, ownerOf } from "./destination.ts";

type Copying = CopyInstruction | AddInstruction;

export interface Copy {
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

/** The layer a COPY (or an ADD of plain files) makes, and whether it was known already. */
export async function copyLayer(shop: Shop, state: StageState, instruction: Copying): Promise<Made> {
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
  const record = shop.request.noCache === true ? undefined : shop.records.get("copy", key);
  const known = layerIdIn(record);
  const id = known ?? (await withPlaced(shop, state, copy, (placed) => remember(shop, key, placed)));
  const open = async function* (): AsyncGenerator<TarItem> {
    const release = new DisposableStack();
    try {
      const placed = await placedIn(shop, state, copy, release);
      if (keyOfPlaced(shop, placed) !== id) throw changed(copy.fromName);
      yield* itemsOfPlaced(placed, shop.request.epoch);
    } finally {
      release.dispose();
    }
  };
  const outline = async (): Promise<Outline> =>
    rememberedOutline(shop.records, id) ?? (await withPlaced(shop, state, copy, outlineOf));
  return { layer: { id, source: { kind: "items", open }, outline }, cached: known !== undefined };
}

function remember(shop: Shop, key: string, placed: readonly Placed[]): string {
  const id = keyOfPlaced(shop, placed);
  rememberOutline(shop.records, id, outlineOf(placed));
  shop.records.put("copy", key, { layer: id });
  return id;
}

function keyOfPlaced(shop: Shop, placed: readonly Placed[]): string {
  return placedKey(placed, shop.request.epoch);
}

async function prepare(shop: Shop, state: StageState, instruction: Copying): Promise<Copy> {
  const from = instruction.kind === "copy" ? instruction.from : undefined;
  const { destination } = instruction;
  return {
    instruction,
    from: from === undefined ? shop.context : await shop.source(from),
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
  const { sources, instruction, parents } = copy;
  const { exclude } = instruction;
  const key = keyOf({ op: "select", layers: idsOf(copy.from.layers), sources, exclude, parents });
  const known = layerIdIn(shop.records.get("select", key));
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
  const known = shop.stageHashes(idsOf(copy.from.layers).join(" "));
  return stageTree(copy.fromName, view, (absolute) => shop.files().xattrs(absolute), known);
}

function selected(shop: Shop, { instruction, sources, parents }: Copy, tree: FileTree): Selected[] {
  const what = instruction.kind.toUpperCase();
  const fail = failAt(shop.file, instruction.range, "copy-source");
  return select(tree, sources, { exclude: instruction.exclude, parents, what, fail });
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
  const { instruction } = copy;
  const tree = await treeOf(shop, copy, release);
  const files = selected(shop, copy, tree);
  // With --link the result must not depend on what it lands on.
  const below =
    instruction.link && numericOwner(instruction.chown ?? "0") !== undefined
      ? undefined
      : await openBelow(shop, state.layers, release);
  const fail = failAt(shop.file, instruction.range, "copy-destination");
  const destination = destinationOf(copy, files.length, below?.look, fail);
  const owner = await ownerOf(shop, instruction, below);
  const mode = instruction.chmod === undefined ? undefined : parseChmod(instruction.chmod);
  const options = { destination, owner, mode, parents: copy.parents, fail };
  const texts = copy.heredocs.map(({ name, text }): Placed => {
    const content = Buffer.from(text);
    const path = destination.directory ? posix.join(destination.path, normalise(name)) : destination.path;
    return {
      path,
      type: "file",
      mode: mode?.(0o644, false) ?? 0o644,
      ...(owner ?? ROOT),
      size: content.length,
      content: { text: content },
    };
  });
  return complete([...place(tree, files, options), ...texts], options);
}
