import { digestOf, gzip, hashing, MediaType, writeTar } from "@seaworthy/oci";
import type { Descriptor, Layout, Repository } from "@seaworthy/oci";

async function put(into: Repository, mediaType: string, document: object): Promise<Descriptor> {
  const bytes = Buffer.from(JSON.stringify(document));
  const target = { mediaType, digest: digestOf(bytes), size: bytes.length };
  await into.put(target, [bytes]);
  return target;
}

async function layerOf(layout: Layout, text: string) {
  const content = Buffer.from(text);
  const entry = {
    path: "hello",
    type: "file",
    mode: 0o644,
    uid: 0,
    gid: 0,
    mtime: 0,
    size: content.length,
  } as const;
  const tar = hashing(writeTar([{ entry, content: [content] }]));
  const layer = await layout.ingest(gzip(tar), { mediaType: MediaType.layerGzip });
  return { layer, diffId: tar.digest };
}

async function platformImage(layout: Layout, into: Repository, architecture: string): Promise<Descriptor> {
  const { layer, diffId } = await layerOf(layout, `hello from ${architecture}\n`);
  const config = await put(into, MediaType.config, {
    os: "linux",
    architecture,
    config: { Cmd: ["/hello"] },
    rootfs: { type: "layers", diff_ids: [diffId] },
    history: [{ created_by: "tests" }],
  });
  const manifest = { schemaVersion: 2, mediaType: MediaType.manifest, config, layers: [layer] };
  const target = await put(into, MediaType.manifest, manifest);
  return { ...target, platform: { os: "linux", architecture } };
}

/** A small image for two platforms, of one layer with one file each, in a repository of a layout. */
export async function writeImage(layout: Layout, repository: string, tag: string): Promise<Descriptor> {
  const into = layout.repository(repository);
  const manifests = [await platformImage(layout, into, "amd64"), await platformImage(layout, into, "arm64")];
  const index = await put(into, MediaType.index, { schemaVersion: 2, mediaType: MediaType.index, manifests });
  await into.tag(index, tag);
  return index;
}
