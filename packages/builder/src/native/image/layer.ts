import type { Outline } from "../files/outline.ts";
import type { ContentStore, Descriptor, Digest, TarItem } from "@seaworthy/oci";

/**
 * A layer of a stage. `id` (64 hex digits) stands for its content: equal ids, equal bytes. Nothing is unpacked or
 * packed before somebody needs it: a stage that is only copied from never becomes a tar, one that nothing executes in
 * never becomes a directory.
 */
export interface Layer {
  readonly id: string;
  /** What is shown while it is fetched and unpacked; without it nobody is told. */
  readonly name?: string;
  readonly source: LayerSource;
  /** What is in it, where that is known without unpacking it. */
  readonly outline?: () => Promise<Outline>;
}

export type LayerSource =
  /** Made from files elsewhere; can be opened any number of times with the same result. */
  | { readonly kind: "items"; readonly open: (signal: AbortSignal) => AsyncIterable<TarItem> }
  /** What a RUN step changed, kept as the snapshot `id`. */
  | { readonly kind: "snapshot"; readonly parents: readonly Layer[]; readonly epoch: number }
  /** Part of a pulled image; never rewritten. */
  | {
      readonly kind: "blob";
      readonly descriptor: Descriptor;
      readonly diffId: Digest;
      readonly store: ContentStore;
    };

export function idsOf(layers: readonly Layer[]): readonly string[] {
  return layers.map((layer) => layer.id);
}

/** The id that a record names, if it names one. */
export function layerIdIn(record: unknown): string | undefined {
  const layer = (record as { layer?: unknown } | undefined)?.layer;
  return typeof layer === "string" && /^[0-9a-f]{64}$/.test(layer) ? layer : undefined;
}
