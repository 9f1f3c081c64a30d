import { open } from "node:fs/promises";
import { type RunConfig, decompress, readTar } from "@seaworthy/oci";
import { type Tree, merge, readLayer } from "../../packages/builder/test/image.ts";

export interface SavedImage {
  readonly config: RunConfig;
  readonly tree: Tree;
}

/** What `docker save` wrote. */
export async function readSavedImage(path: string): Promise<SavedImage> {
  await using file = await open(path);
  const blobs = new Map<string, Buffer>();
  for await (const { entry, content } of readTar(file.readableWebStream() as AsyncIterable<Uint8Array>)) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of content) chunks.push(Uint8Array.from(chunk));
    blobs.set(entry.path, Buffer.concat(chunks));
  }
  const json = (name: string): unknown => JSON.parse(blobs.get(name)!.toString("utf8"));
  const [manifest] = json("manifest.json") as [{ Config: string; Layers: string[] }];
  const { config } = json(manifest.Config) as { config: RunConfig };
  const layers = [];
  for (const name of manifest.Layers) layers.push(await readLayer(decompress([blobs.get(name)!])));
  return { config, tree: merge(layers) };
}
