import type { Layer } from "../image/layer.ts";
import { keyOf } from "../key.ts";
import type { FileTree } from "./file-tree.ts";
import { changed, itemsOfPlaced } from "./placed-items.ts";
import { type Destination, complete, place } from "./place.ts";
import { type Fail, type Selected, select } from "./select.ts";
import { selectionKey } from "./selection-key.ts";

/** A part of a folder as a layer, below `inside` ("" for the root). */
export function treeLayer(
  tree: FileTree,
  source: string,
  inside: string,
  { what, fail, epoch }: { readonly what: string; readonly fail: Fail; readonly epoch: number },
): Layer {
  const pick = (): Selected[] => select(tree, [source], { what, fail, parents: true });
  const destination: Destination = { path: inside, directory: true, below: () => undefined };
  const idOf = (selected: readonly Selected[]): string =>
    keyOf({ op: "tree", selection: selectionKey(tree, selected), inside, epoch });
  const id = idOf(pick());
  return {
    id,
    source: {
      kind: "items",
      open: async function* () {
        const selected = pick();
        if (idOf(selected) !== id) throw changed(tree.name);
        const options = { destination, owner: undefined, mode: undefined, parents: true, fail };
        yield* itemsOfPlaced(complete(place(tree, selected, options), options), epoch);
      },
    },
  };
}
