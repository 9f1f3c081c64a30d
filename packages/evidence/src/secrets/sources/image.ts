import type { ContentStore, Digest, StoredImage } from "@seaworthy/oci";
import { visitLayer } from "../../image/visit-layers.ts";
import type { LayerVisitor } from "../../image/visitor.ts";
import { mergeScans } from "../merge-scans.ts";
import type { Scanner, SecretScan } from "../scanner.ts";
import { scanConfig } from "./config.ts";
import { secretVisitor } from "./layers.ts";

/** Layers in which nothing was found by the same rules; what was allowed is found too. */
export interface CleanLayers {
  get(layer: Digest): SecretScan | undefined;
  put(layer: Digest, scan: SecretScan): void;
  /** One after the other for each layer: platforms that share one are looked at side by side. */
  turn<T>(layer: Digest, work: () => Promise<T>): Promise<T>;
}

export interface ImageSecrets {
  /** With the same rules each time. */
  readonly open: () => Scanner;
  readonly known: CleanLayers;
  /** Others who want to see every layer, in the same pass; for them clean ones are read too. */
  readonly along?: readonly LayerVisitor[];
}

/** Every layer, what a later one deletes too, and the config. What was clean before is not read again. */
export async function scanImage(
  store: ContentStore,
  image: StoredImage,
  { open, known, along = [] }: ImageSecrets,
  signal?: AbortSignal,
): Promise<SecretScan> {
  const config = open();
  await scanConfig(config, image.config);
  const scans = [await config.result()];
  for (const [at, { digest }] of image.layers.entries()) {
    const look = async (): Promise<SecretScan> => {
      const before = known.get(digest);
      if (before !== undefined) {
        if (along.length > 0) await visitLayer(store, image, at, along, signal);
        return before;
      }
      const scanner = open();
      await visitLayer(store, image, at, [secretVisitor(scanner), ...along], signal);
      const scan = await scanner.result();
      if (scan.findings.length + scan.allowed.length === 0) known.put(digest, scan);
      return scan;
    };
    scans.push(await known.turn(digest, look));
  }
  return mergeScans(scans);
}
