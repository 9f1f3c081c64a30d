import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { ContentStore, StoredImage } from "@seaworthy/oci";
import type { Inventory } from "@seaworthy/evidence";
import { takeInventory } from "@seaworthy/evidence/inventory";
import { VERSION } from "../version.ts";
import type { Machine } from "./machine.ts";

/** Raised where the same image gives another inventory than before. */
const FORMAT = 1;

/** What is in an image, read once for all that ask. */
export type TakeInventory = (
  store: ContentStore,
  image: StoredImage,
  signal: AbortSignal,
) => Promise<Inventory>;

/** Inventories as all commands take them. */
export function inventoriesOf({ cacheDir }: Pick<Machine, "cacheDir">): TakeInventory {
  return rememberedInventory(cacheDir, (store, image, signal) => takeInventory(store, image, { signal }));
}

/** What is in an image never changes, so it is read once for each digest. A cache that fails only costs time. */
export function rememberedInventory(cacheDir: string, take: TakeInventory): TakeInventory {
  const dir = join(cacheDir, "inventories", `${VERSION}-${FORMAT}`);
  return async (store, image, signal) => {
    const path = join(dir, `${image.manifest.digest.replace(":", "-")}.json`);
    const known = await readFile(path, "utf8").catch(() => undefined);
    if (known !== undefined) return JSON.parse(known) as Inventory;
    const inventory = await take(store, image, signal);
    await keep(dir, path, JSON.stringify(inventory)).catch(() => undefined);
    return inventory;
  };
}

async function keep(dir: string, path: string, text: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(draft, text, { flush: true });
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
}
