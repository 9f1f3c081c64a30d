import { cpSync, createWriteStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
  type ContentStore,
  type Descriptor,
  MediaType,
  type Reference,
  type TarItem,
  copyGraph,
  formatReference,
  openLayout,
  parseReference,
  readImage,
  readIndex,
  readManifest,
  withDefaultTag,
  writeTar,
} from "@seaworthy/oci";
import { unpackImage } from "@seaworthy/release";
import type { Workshop } from "../machine/workshop.ts";
import type { Output } from "./build-options.ts";

export interface Delivery {
  readonly index: Descriptor;
  /** Names it was given with `-t`. */
  readonly names: readonly Reference[];
}

/** Puts the image where `--output` says; it is in the store in any case. */
export async function writeOutput(
  delivery: Delivery,
  output: Output,
  workshop: Workshop,
  signal: AbortSignal,
): Promise<void> {
  switch (output.type) {
    case "store":
      return;
    case "oci":
      return output.tar
        ? writeArchive(delivery, output.dest, workshop, signal)
        : writeLayout(delivery, output.dest, workshop, signal);
    case "local":
      return writeFiles(delivery.index, output.dest, workshop, signal);
  }
}

/** Into a layout that may hold other images. */
async function writeLayout(
  { index, names }: Delivery,
  dest: string,
  { layout }: Workshop,
  signal: AbortSignal,
): Promise<void> {
  const target = await openLayout(dest);
  for (const name of names.length > 0 ? names : [parseReference("image")]) {
    const repository = target.repository(nameInStore(name));
    await copyGraph(index, layout, repository, { signal });
    await repository.tag(index, name.tag ?? "latest", signal);
  }
}

/** Layouts hold repositories without their registry; Docker Hub's own ones are named as people write them. */
export function nameInStore({ registry, repository }: Reference): string {
  return registry === "docker.io" ? repository.replace(/^library\//, "") : repository;
}

/** An OCI layout as a tar, as `docker buildx build --output type=oci` writes it. Appears whole or not at all. */
async function writeArchive(
  delivery: Delivery,
  dest: string,
  { layout }: Workshop,
  signal: AbortSignal,
): Promise<void> {
  await mkdir(dirname(dest), { recursive: true });
  const draft = `${dest}.${process.pid}.tmp`;
  try {
    const archive = writeTar(membersOf(delivery, layout, signal));
    await pipeline(Readable.from(archive), createWriteStream(draft, { flush: true }), { signal });
    await rename(draft, dest);
  } finally {
    await rm(draft, { force: true });
  }
}

/** The three parts of a layout (OCI image spec, image-layout.md), from the store as they are asked for. */
async function* membersOf(
  delivery: Delivery,
  store: ContentStore,
  signal: AbortSignal,
): AsyncGenerator<TarItem> {
  yield member("oci-layout", JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  yield member("index.json", JSON.stringify(entryPoint(delivery)));
  const blobs = await partsOf(delivery.index, store, signal);
  for (const [digest, target] of [...blobs].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const path = `blobs/sha256/${digest.slice("sha256:".length)}`;
    yield { entry: { ...FILE, path, size: target.size }, content: await store.open(target, signal) };
  }
}

const FILE = { type: "file", mode: 0o644, uid: 0, gid: 0, mtime: 0 } as const;

function member(path: string, text: string): TarItem {
  const bytes = Buffer.from(text);
  return { entry: { ...FILE, path, size: bytes.length }, content: [bytes] };
}

/** `ref.name` is for OCI's own tools, the other name is the one that `docker load` gives. */
function entryPoint({ index, names }: Delivery): object {
  const named = names.map((name) => ({
    ...index,
    annotations: {
      "io.containerd.image.name": formatReference(withDefaultTag(name)),
      "org.opencontainers.image.ref.name": name.tag ?? "latest",
    },
  }));
  return { schemaVersion: 2, mediaType: MediaType.index, manifests: named.length > 0 ? named : [index] };
}

async function partsOf(
  index: Descriptor,
  store: ContentStore,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Descriptor>> {
  const { manifests } = await readIndex(store, index, signal);
  const images = await Promise.all(manifests.map((manifest) => readManifest(store, manifest, signal)));
  const all = [index, ...manifests, ...images.flatMap(({ config, layers }) => [config, ...layers])];
  return new Map(all.map((target) => [target.digest, target]));
}

/** The files of the image; one folder a platform where there are several, as buildx does. */
async function writeFiles(
  index: Descriptor,
  dest: string,
  workshop: Workshop,
  signal: AbortSignal,
): Promise<void> {
  const { manifests } = await readIndex(workshop.layout, index);
  for (const manifest of manifests) {
    const image = await readImage(workshop.layout, manifest);
    const ids = await unpackImage(workshop.layout, image, workshop.snapshots(), signal);
    using view = workshop.snapshots().view(ids);
    const folder = manifests.length === 1 ? dest : `${dest}/${image.platform.replaceAll("/", "_")}`;
    await mkdir(folder, { recursive: true });
    cpSync(view.root, folder, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
  }
}
