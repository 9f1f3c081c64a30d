import type { StoredImage } from "@seaworthy/oci";
import { oneLine } from "../inventory/one-line.ts";

/** A layer as documents name it. */
export interface LayerOrigin {
  readonly digest: string;
  readonly diffId: string;
  /** The instruction that made it, where the image's history says so. */
  readonly createdBy?: string;
}

const MAX_TEXT = 500;

/** By position, the lowest first (OCI image spec, config.md: entries of history that made no layer are marked). */
export function layerOrigins({ layers, config }: StoredImage): readonly LayerOrigin[] {
  const made = (config.history ?? []).filter((step) => step.empty_layer !== true);
  return layers.map(({ digest }, at) => {
    const createdBy = made.length === layers.length ? made[at]?.created_by : undefined;
    const text = oneLine(createdBy ?? "", MAX_TEXT);
    return { digest, diffId: config.rootfs.diff_ids[at] ?? "", ...(text !== "" && { createdBy: text }) };
  });
}
