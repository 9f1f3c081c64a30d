import type { Inventory } from "@seaworthy/evidence";
import type { Examination } from "@seaworthy/release";
import type { TakeInventory } from "../machine/inventories.ts";
import type { Machine } from "../machine/machine.ts";

/** Counts up when inventories or documents say more than before. */
const EDITION = 1;

/** in-toto attestation framework, spec/predicates/spdx.md and cyclonedx.md. */
const SPDX_TYPE = "https://spdx.dev/Document";
const CYCLONEDX_TYPE = "https://cyclonedx.org/bom";

/** Kept on disk by digest; within a run two that ask at once share one answer. */
export function inventories(machine: Pick<Machine, "cacheDir">): TakeInventory {
  const taken = new Map<string, Promise<Inventory>>();
  return (store, image, signal) => {
    const { digest } = image.manifest;
    const known = taken.get(digest) ?? take(machine, store, image, signal);
    taken.set(digest, known);
    return known;
  };
}

async function take(
  machine: Pick<Machine, "cacheDir">,
  ...asked: Parameters<TakeInventory>
): Promise<Inventory> {
  const { inventoriesOf } = await import("../machine/inventories.ts");
  return inventoriesOf(machine)(...asked);
}

/**
 * The packages of each platform, as SPDX and as CycloneDX.
 * @param name registry and repository, without tag
 * @param warn told of what in an image could not be read
 */
export function sbomExamination(
  name: string,
  inventory: TakeInventory,
  warn: (message: string) => void,
): Examination {
  return {
    name: "sbom",
    about: "platforms",
    types: [SPDX_TYPE, CYCLONEDX_TYPE],
    key: () => Promise.resolve(String(EDITION)),
    async examine({ store, image }, signal) {
      if (image === undefined) return [];
      const found = await inventory(store, image, signal);
      for (const problem of found.problems) warn(`${image.platform}: ${problem}`);
      const { toCycloneDx, toSpdx } = await import("@seaworthy/evidence/sbom");
      return [
        { predicateType: SPDX_TYPE, predicate: toSpdx(image, found, { name }) },
        { predicateType: CYCLONEDX_TYPE, predicate: toCycloneDx(image, found, { name }) },
      ];
    },
  };
}
