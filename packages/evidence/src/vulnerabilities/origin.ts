import type { ImageConfig } from "@seaworthy/oci";

/** Where a layer comes from, as far as it is known. */
export interface LayerOrigin {
  /** 0 is the lowest; -1 where it is not known. */
  readonly layer: number;
  /** The history's line. */
  readonly createdBy?: string;
  readonly line?: SourceLine;
  readonly base?: BaseImage;
}

export interface SourceLine {
  /** From the root of the repository. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** A base that the layer is part of: `assembled` from packages here, or `pulled`. */
export interface BaseImage {
  readonly name: string;
  readonly kind: "assembled" | "pulled";
}

/** What is known of layers besides the image itself. */
export interface Knowledge {
  readonly lineOf?: (createdBy: string) => SourceLine | undefined;
  readonly baseOf?: (layer: number) => BaseImage | undefined;
}

/**
 * The origin of each layer. Entries of the history stand for layers in their order, but for the empty ones (OCI image
 * spec, config.md, `history`); where their numbers differ, nothing is said of any.
 */
export function originsOf(config: ImageConfig, knowledge: Knowledge = {}): (layer: number) => LayerOrigin {
  const { lineOf, baseOf } = knowledge;
  const entries = (config.history ?? []).filter(({ empty_layer }) => empty_layer !== true);
  const told = entries.length === config.rootfs.diff_ids.length;
  return (layer) => {
    const createdBy = told ? entries[layer]?.created_by : undefined;
    const line = createdBy === undefined ? undefined : lineOf?.(createdBy);
    const base = baseOf?.(layer);
    return {
      layer,
      ...(createdBy === undefined ? {} : { createdBy }),
      ...(line === undefined ? {} : { line }),
      ...(base === undefined ? {} : { base }),
    };
  };
}
