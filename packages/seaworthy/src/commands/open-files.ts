import { createReadStream, mkdtempSync } from "node:fs";
import { rm, rmdir } from "node:fs/promises";
import { join, relative } from "node:path";
import {
  type ArchivedImage,
  type Layout,
  type OciErrorCode,
  OciError,
  type Repository,
  formatPlatform,
  importArchive,
  namesOf,
  openLayout,
} from "@seaworthy/oci";
import type { Machine } from "../machine/machine.ts";
import { openScratch } from "../machine/scratch.ts";
import { chooseImage } from "./choose-image.ts";
import type { ImagePlace } from "./image-place.ts";
import type { FoundImage } from "./open-image.ts";
import { readOnly } from "./read-only.ts";

type FilePlace = Exclude<ImagePlace, { readonly kind: "name" }>;

/** An image of an OCI layout in a folder: what is attached to it stays there. */
export async function openLayoutImage({ cwd }: Machine, { path, name }: FilePlace): Promise<FoundImage> {
  const layout = await openLayout(path);
  const where = `oci:${shown(cwd, path)}`;
  const { manifests } = await layout.index();
  const candidates = manifests.map((entry) => ({ names: namesOf(entry), root: entry }));
  const { names, root } = chooseImage(candidates, name, where);
  const { mediaType, digest, size } = root;
  return {
    name: [where, names.at(-1)].filter((part) => part !== undefined).join(":"),
    repository: repositoryOf(layout, names),
    root: { mediaType, digest, size },
    absent: [],
    notes: [],
    close: () => Promise.resolve(),
  };
}

/** An image of an archive, which is unpacked into a folder of its own that goes when the image is closed. */
export async function openArchiveImage(
  machine: Machine,
  { path, name }: FilePlace,
  signal: AbortSignal,
): Promise<FoundImage> {
  const scratch = openScratch(join(machine.cacheDir, "archives"));
  const dir = mkdtempSync(join(scratch.dir, "archive-"));
  const close = async (): Promise<void> => {
    await rm(dir, { recursive: true, force: true });
    // Others of this process may be open.
    await rmdir(scratch.dir).catch(() => {});
  };
  try {
    const where = shown(machine.cwd, path);
    const layout = await openLayout(dir);
    const { images } = await importArchive(createReadStream(path), layout, { signal }).catch(located(where));
    const image = chooseImage(images, name, where);
    return {
      name: image.names.length === 0 ? where : `${where}:${image.names[0]}`,
      repository: readOnly(repositoryOf(layout, image.names), where),
      root: image.root,
      absent: image.absent,
      notes: notesOf(image),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Names of layouts are `repository:tag` as we write them, or a tag, or a name with a registry. */
function repositoryOf(layout: Layout, names: readonly string[]): Repository {
  for (const name of names.toReversed()) {
    const [, repository] = /^([a-z0-9._/-]+):[^:/]+$/.exec(name) ?? [];
    if (repository !== undefined) return layout.repository(repository);
  }
  return layout.repository("image");
}

function notesOf({ absent, madeHere }: ArchivedImage): readonly string[] {
  const made =
    "the archive has no manifest: one was made from its parts, and its digest is not the one that a registry has";
  const left = absent.map(({ digest, platform }) =>
    platform === undefined ? digest : formatPlatform(platform),
  );
  return [
    ...(madeHere ? [made] : []),
    ...(left.length === 0 ? [] : [`not in the archive, though its index names them: ${left.join(", ")}`]),
  ];
}

function located(where: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof OciError)) throw error;
    const { code, hint, message } = error;
    const details = hint === undefined ? {} : { hint };
    throw new OciError(code satisfies OciErrorCode, `${where}: ${message.replace(/^archive: /, "")}`, {
      cause: error,
      ...details,
    });
  };
}

/** As people name files: from where they are. */
function shown(cwd: string, path: string): string {
  const from = relative(cwd, path);
  return from === "" ? "." : from.startsWith("../") ? path : from;
}
