import { type Look, type Node, lookIn } from "../files/rooted.ts";
import type { Layer } from "../image/layer.ts";
import type { Shop } from "../shop.ts";

/** The files that an instruction lands on. */
export interface Below {
  readonly look: Look;
  /** All of them mounted, for whoever has to read what is in them. */
  readonly root: () => Promise<string>;
}

/**
 * Layers that were put together from names are looked up in memory: nothing is unpacked only to learn whether a
 * directory is there. What lies beneath them, a base and what was run, is mounted.
 */
export async function openBelow(
  shop: Shop,
  layers: readonly Layer[],
  release: DisposableStack,
): Promise<Below> {
  let cut = layers.length;
  while (cut > 0 && layers[cut - 1]!.outline !== undefined) cut -= 1;
  const outlines = await Promise.all(layers.slice(cut).map((layer) => layer.outline!()));
  const mount = async (some: readonly Layer[]): Promise<string> =>
    release.use(await shop.layers.view(some, shop.signal)).root;
  const lower: Look = cut === 0 ? nothing : lookIn(await mount(layers.slice(0, cut)));
  return {
    look: (path) => outlines.findLast((outline) => outline.has(path))?.get(path) ?? lower(path),
    root: () => mount(layers),
  };
}

const nothing: Look = (path) => (path === "" ? ({ type: "directory" } satisfies Node) : undefined);
