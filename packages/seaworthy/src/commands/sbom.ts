import { mkdir, rename, stat, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { type Platform, type StoredImage, formatPlatform, hostPlatform, parsePlatform } from "@seaworthy/oci";
import { takeInventory } from "@seaworthy/evidence/inventory";
import { toCycloneDx, toSpdx } from "@seaworthy/evidence/sbom";
import { CliError } from "../error.ts";
import type { Machine } from "../machine/machine.ts";
import { openProject } from "./context.ts";
import { openImage } from "./open-image.ts";
import { platformImages } from "./platform-images.ts";

export interface SbomFlags {
  readonly format: "spdx" | "cyclonedx";
  readonly platform?: string;
  /** A file, or a folder for a file of each platform. */
  readonly output?: string;
  readonly config?: string;
}

const WRITERS = { spdx: toSpdx, cyclonedx: toCycloneDx };
const SUFFIXES = { spdx: "spdx.json", cyclonedx: "cdx.json" };

/**
 * The document of one platform, for stdout; where files are asked for, their paths. `say` is told what a reader of the
 * document has to know: whose it is, and what could not be read.
 */
export async function runSbom(
  machine: Machine,
  reference: string,
  flags: SbomFlags,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<string> {
  const project = await openProject(machine, flags.config);
  const { name, repository, image } = await openImage(machine, project, reference, signal);
  const images = await platformImages(repository, image, signal);
  const documentOf = async (one: StoredImage): Promise<string> => {
    const inventory = await takeInventory(repository, one, { signal });
    for (const problem of inventory.problems) say(`! ${one.platform}: ${problem}`);
    return `${JSON.stringify(WRITERS[flags.format](one, inventory, { name }), null, 2)}\n`;
  };
  const folder = flags.output === undefined ? undefined : await folderAt(machine, flags.output);
  if (folder !== undefined) {
    const asked = flags.platform === undefined ? images : [select(images, reference, flags, say)];
    const written: string[] = [];
    for (const one of asked) {
      const file = join(folder, `${one.platform.replaceAll("/", "_")}.${SUFFIXES[flags.format]}`);
      await writeWhole(file, await documentOf(one));
      written.push(`${file}\n`);
    }
    return written.join("");
  }
  const document = await documentOf(select(images, reference, flags, say));
  if (flags.output === undefined) return document;
  const file = resolve(machine.cwd, flags.output);
  await writeWhole(file, document);
  return `${file}\n`;
}

/** The platform asked for, else the only one, else this machine's: what runs here when somebody pulls the image. */
function select(
  images: readonly StoredImage[],
  reference: string,
  { platform }: Pick<SbomFlags, "platform">,
  say: (line: string) => void,
): StoredImage {
  const wanted: Platform = platform === undefined ? hostPlatform() : parsePlatform(platform);
  const [only] = images;
  if (platform === undefined && images.length === 1 && only !== undefined) return only;
  const found = images.find((one) => one.platform === formatPlatform(wanted));
  const all = images.map((one) => one.platform).join(", ");
  if (found === undefined) {
    throw new CliError("usage", `image ${reference}: expected ${formatPlatform(wanted)}, found ${all}`, {
      hint: "name one of these with --platform",
    });
  }
  if (platform === undefined)
    say(`this is ${found.platform} of ${all}; -o FOLDER/ writes a document for each`);
  return found;
}

/** Undefined where a file is meant. A name that ends with a slash is a folder, made when missing. */
async function folderAt({ cwd }: Machine, output: string): Promise<string | undefined> {
  const path = resolve(cwd, output);
  const isThere = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isThere && !output.endsWith("/")) return undefined;
  await mkdir(path, { recursive: true });
  return path;
}

/** Appears whole or not at all. */
async function writeWhole(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}.tmp`;
  await writeFile(draft, text);
  await rename(draft, file);
}
