import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { ContentStore, Digest, StoredImage } from "@seaworthy/oci";
import type { Inventory, LayerVisitor } from "@seaworthy/evidence";
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

/** Inventories as all commands take them. What is in an image never changes: it is read once for each digest. */
export interface Inventories {
  readonly take: TakeInventory;
  /**
   * For whoever reads every layer of an image, lowest first: his pass takes the inventory too, unless that is known. Who
   * asks meanwhile waits for it.
   */
  during<T>(image: StoredImage, pass: (along: readonly LayerVisitor[]) => Promise<T>): Promise<T>;
}

const OPEN = new WeakMap<Pick<Machine, "cacheDir">, Inventories>();

/** One for all that a run does. */
export function inventoriesOf(machine: Pick<Machine, "cacheDir">): Inventories {
  const found = OPEN.get(machine) ?? new KeptInventories(join(machine.cacheDir, "inventories"));
  OPEN.set(machine, found);
  return found;
}

/** On disk, below the version of what took them. A cache that fails only costs time. */
class KeptInventories implements Inventories {
  readonly #dir: string;
  /** Under way, or taken by this process. */
  readonly #taken = new Map<Digest, Promise<Inventory>>();

  constructor(dir: string) {
    this.#dir = join(dir, `${VERSION}-${FORMAT}`);
  }

  take: TakeInventory = async (store, image, signal) => {
    // Where a pass of somebody else's failed, that was his matter.
    const known = await (this.#taken.get(image.manifest.digest) ?? this.#read(image)).catch(() => undefined);
    return known ?? (await this.#note(image, this.#takeNow(store, image, signal)));
  };

  async during<T>(image: StoredImage, pass: (along: readonly LayerVisitor[]) => Promise<T>): Promise<T> {
    const known = this.#taken.has(image.manifest.digest) || (await this.#read(image)) !== undefined;
    if (known) return pass([]);
    const { beginInventory } = await import("@seaworthy/evidence/inventory");
    const taking = beginInventory();
    const passing = pass(taking.visitors);
    const taken = this.#note(
      image,
      passing.then(() => taking.conclude()),
    );
    // An inventory that fails is for those who ask for it.
    await taken.catch(() => undefined);
    return passing;
  }

  async #takeNow(...[store, image, signal]: Parameters<TakeInventory>): Promise<Inventory> {
    const { takeInventory } = await import("@seaworthy/evidence/inventory");
    return takeInventory(store, image, { signal });
  }

  async #note(image: StoredImage, taking: Promise<Inventory>): Promise<Inventory> {
    const { digest } = image.manifest;
    this.#taken.set(digest, taking);
    try {
      const inventory = await taking;
      await keep(this.#dir, this.#path(image), JSON.stringify(inventory)).catch(() => undefined);
      return inventory;
    } catch (error) {
      if (this.#taken.get(digest) === taking) this.#taken.delete(digest);
      throw error;
    }
  }

  async #read(image: StoredImage): Promise<Inventory | undefined> {
    try {
      return JSON.parse(await readFile(this.#path(image), "utf8")) as Inventory;
    } catch {
      return undefined;
    }
  }

  #path({ manifest }: StoredImage): string {
    return join(this.#dir, `${manifest.digest.replace(":", "-")}.json`);
  }
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
