import { createHash } from "node:crypto";
import {
  type ContentStore,
  type Descriptor,
  type ImageConfig,
  type Manifest,
  type TarEntry,
  decompress,
  readImageConfig,
  readIndex,
  readManifest,
  readTar,
} from "@seaworthy/oci";

/** A file of an image as people compare them: everything but its time. */
export interface TreeFile {
  readonly type: string;
  readonly mode: string;
  readonly owner: string;
  readonly link?: string;
  /** Short texts as they are, longer content as its sha256. */
  readonly content?: string;
}

export type Tree = Record<string, TreeFile>;

export interface ReadImage {
  readonly manifest: Manifest;
  readonly config: ImageConfig;
  /** The members of each layer, in order. */
  readonly layers: readonly (readonly (TarEntry & { readonly content: string })[])[];
  readonly tree: Tree;
}

/** Everything there is to know of one platform of an index. */
export async function readImage(
  store: ContentStore,
  index: Descriptor,
  platform = "amd64",
): Promise<ReadImage> {
  const { manifests } = await readIndex(store, index);
  const found = manifests.find((one) => one.platform?.architecture === platform);
  if (found === undefined) throw new Error(`no ${platform} in ${JSON.stringify(manifests)}`);
  return readPlatformImage(store, found);
}

export async function readPlatformImage(store: ContentStore, image: Descriptor): Promise<ReadImage> {
  const manifest = await readManifest(store, image);
  const config = await readImageConfig(store, manifest.config);
  const layers: (TarEntry & { content: string })[][] = [];
  for (const layer of manifest.layers) layers.push(await readLayer(decompress(await store.open(layer))));
  return { manifest, config, layers, tree: merge(layers) };
}

export async function readLayer(tar: AsyncIterable<Uint8Array>): Promise<(TarEntry & { content: string })[]> {
  const found: (TarEntry & { content: string })[] = [];
  for await (const { entry, content } of readTar(tar)) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of content) chunks.push(Uint8Array.from(chunk));
    const bytes = Buffer.concat(chunks);
    const short = bytes.length <= 200 && !bytes.includes(0);
    found.push({
      ...entry,
      content: short ? bytes.toString("utf8") : createHash("sha256").update(bytes).digest("hex"),
    });
  }
  return found;
}

/** What the layers show when they lie upon each other. */
export function merge(layers: readonly (readonly (TarEntry & { readonly content: string })[])[]): Tree {
  const files = new Map<string, TreeFile>();
  const remove = (path: string): void => {
    for (const other of files.keys()) if (other === path || other.startsWith(`${path}/`)) files.delete(other);
  };
  for (const layer of layers) {
    for (const { path } of layer) {
      const cut = path.lastIndexOf("/") + 1;
      const [dir, name] = [path.slice(0, cut), path.slice(cut)];
      if (name === ".wh..wh..opq") {
        for (const other of files.keys()) if (other.startsWith(dir)) files.delete(other);
      } else if (name.startsWith(".wh.")) remove(`${dir}${name.slice(4)}`);
    }
    for (const entry of layer) {
      const { path } = entry;
      if (path === "." || path.slice(path.lastIndexOf("/") + 1).startsWith(".wh.")) continue;
      if (entry.type !== "directory" || files.get(path)?.type !== "directory") remove(path);
      files.set(path, entry.type === "hardlink" ? files.get(entry.linkname!)! : fileOf(entry));
    }
  }
  return Object.fromEntries([...files].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function fileOf({
  type,
  mode,
  uid,
  gid,
  linkname,
  content,
}: TarEntry & { readonly content: string }): TreeFile {
  return {
    type,
    mode: mode.toString(8),
    owner: `${uid}:${gid}`,
    ...(linkname === undefined ? {} : { link: linkname }),
    ...(type === "file" ? { content } : {}),
  };
}
