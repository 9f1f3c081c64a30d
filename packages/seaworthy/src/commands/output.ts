import { cpSync, createReadStream, createWriteStream } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
  type Descriptor,
  type TarItem,
  copyGraph,
  formatPlatform,
  openLayout,
  readIndex,
  writeTar,
} from "@seaworthy/oci";
import { readImage, unpackImage } from "@seaworthy/release";
import type { Workshop } from "../machine/workshop.ts";
import type { Output } from "./build-options.ts";

/** Puts the image where `--output` says; it is in the store in any case. */
export async function writeOutput(
  index: Descriptor,
  output: Output,
  workshop: Workshop,
  signal: AbortSignal,
): Promise<void> {
  switch (output.type) {
    case "store":
      return;
    case "oci":
      return output.tar
        ? writeArchive(index, output.dest, workshop, signal)
        : writeLayout(index, output.dest, workshop, signal);
    case "local":
      return writeFiles(index, output.dest, workshop, signal);
  }
}

async function writeLayout(
  index: Descriptor,
  dest: string,
  { layout }: Workshop,
  signal: AbortSignal,
): Promise<void> {
  const target = await openLayout(dest);
  const repository = target.repository("image");
  await copyGraph(index, layout, repository, { signal });
  await repository.tag(index, "latest", signal);
}

/** An OCI layout as a tar, as `docker buildx build --output type=oci` writes it. Appears whole or not at all. */
async function writeArchive(
  index: Descriptor,
  dest: string,
  workshop: Workshop,
  signal: AbortSignal,
): Promise<void> {
  await mkdir(dirname(dest), { recursive: true });
  const folder = await mkdtemp(`${dest}.`);
  const draft = `${dest}.tmp`;
  try {
    await writeLayout(index, folder, workshop, signal);
    await pipeline(Readable.from(writeTar(filesOf(folder))), createWriteStream(draft), { signal });
    await rename(draft, dest);
  } finally {
    await rm(folder, { recursive: true, force: true });
    await rm(draft, { force: true });
  }
}

/** The three parts of a layout (OCI image spec, image-layout.md); nothing else that lies in the folder. */
async function* filesOf(folder: string): AsyncGenerator<TarItem> {
  const blobs = await readdir(join(folder, "blobs", "sha256"));
  for (const path of [
    "oci-layout",
    "index.json",
    ...blobs.toSorted().map((name) => `blobs/sha256/${name}`),
  ]) {
    const { size } = await stat(join(folder, path));
    yield {
      entry: { path, type: "file", mode: 0o644, uid: 0, gid: 0, mtime: 0, size },
      content: createReadStream(join(folder, path)),
    };
  }
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
    const folder =
      manifests.length === 1 ? dest : `${dest}/${formatPlatform(image.config).replaceAll("/", "_")}`;
    await mkdir(folder, { recursive: true });
    cpSync(view.root, folder, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
  }
}
