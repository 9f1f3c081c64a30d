import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type ContentStore,
  type Descriptor,
  MediaType,
  type TarItem,
  collect,
  decompress,
  digestOf,
  hexOf,
  readImage,
  readIndex,
  writeTar,
} from "@seaworthy/oci";
import { putImage, putIndex, putLayer } from "../../release/test/stored-image.ts";

const MOST = 64 << 20;

async function put(store: ContentStore, mediaType: string, content: object): Promise<Descriptor> {
  const bytes = content instanceof Uint8Array ? content : Buffer.from(JSON.stringify(content));
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
  await store.put(descriptor, [bytes]);
  return descriptor;
}

const member = (path: string, content: Uint8Array | string): TarItem => {
  const bytes = Buffer.from(content as string);
  return {
    entry: { path, type: "file", mode: 0o644, uid: 0, gid: 0, mtime: 0, size: bytes.length },
    content: [bytes],
  };
};

const HISTORY = [
  { created_by: "ENV TOKEN", empty_layer: true },
  { created_by: "COPY hello \u001b[31m/hello" },
];

/** One platform, with one layer and a step of its config that made none. */
async function putPlatform(store: ContentStore, architecture: string): Promise<Descriptor> {
  return putImage(store, {
    architecture,
    layer: await putLayer(store, [member("hello", architecture)]),
    history: HISTORY,
    config: {
      Env: ["PATH=/bin", "TOKEN=hidden"],
      Entrypoint: ["/bin/web", "--listen all"],
      Labels: { "org.opencontainers.image.title": "web" },
    },
  });
}

/** An index of amd64, arm64 and an attestation as buildx places it. */
export async function putImages(store: ContentStore): Promise<Descriptor> {
  const attestation = await putReferrer(store, await putPlatform(store, "none"));
  return putIndex(store, [
    await putPlatform(store, "amd64"),
    await putPlatform(store, "arm64"),
    { ...attestation, platform: { os: "unknown", architecture: "unknown" } },
  ]);
}

/** Something that refers to a manifest, as an SBOM does. */
export async function putReferrer(store: ContentStore, subject: Descriptor): Promise<Descriptor> {
  const { mediaType, digest, size } = subject;
  return put(store, MediaType.manifest, {
    schemaVersion: 2,
    mediaType: MediaType.manifest,
    artifactType: "application/vnd.example",
    config: await put(store, MediaType.empty, {}),
    layers: [],
    subject: { mediaType, digest, size },
  });
}

/** The first platform as `docker save` wrote it before version 25: no manifest, layers by folder. */
export async function writeLegacySave(store: ContentStore, index: Descriptor, dir: string): Promise<string> {
  const [first] = (await readIndex(store, index)).manifests;
  const { config, layers } = await readImage(store, first!);
  const bytes = Buffer.from(JSON.stringify(config));
  const name = `${hexOf(digestOf(bytes))}.json`;
  const layer = await collect(decompress(await store.open(layers[0]!)), MOST);
  const saved = [{ Config: name, RepoTags: ["web:1"], Layers: ["aaaa/layer.tar"] }];
  return write(dir, "legacy.tar", [
    member("aaaa/layer.tar", layer),
    member(name, bytes),
    member("manifest.json", JSON.stringify(saved)),
  ]);
}

/** As newer `docker save` writes it: a layout of the platforms that were pulled, here the first. */
export async function writeSave(store: ContentStore, index: Descriptor, dir: string): Promise<string> {
  const [first] = (await readIndex(store, index)).manifests;
  const { layers } = await readImage(store, first!);
  const manifest = await collect(await store.open(first!), MOST);
  const { config } = JSON.parse(manifest.toString()) as { readonly config: Descriptor };
  const entry = { ...index, annotations: { "io.containerd.image.name": "docker.io/library/web:1" } };
  const parts = [];
  for (const target of [index, first!, config, ...layers]) {
    parts.push(member(`blobs/sha256/${hexOf(target.digest)}`, await collect(await store.open(target), MOST)));
  }
  return write(dir, "save.tar", [
    ...parts,
    member("index.json", JSON.stringify({ schemaVersion: 2, manifests: [entry] })),
    member("manifest.json", "[]"),
    member("oci-layout", '{"imageLayoutVersion":"1.0.0"}'),
  ]);
}

async function write(dir: string, name: string, items: readonly TarItem[]): Promise<string> {
  writeFileSync(join(dir, name), await collect(writeTar(items), MOST));
  return name;
}
