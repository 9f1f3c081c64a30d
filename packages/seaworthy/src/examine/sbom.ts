import type { Examination } from "@seaworthy/release";
import type { TakeInventory } from "../machine/inventories.ts";

/** Counts up when inventories or documents say more than before. */
const EDITION = 1;

/** in-toto attestation framework, spec/predicates/spdx.md and cyclonedx.md. */
const SPDX_TYPE = "https://spdx.dev/Document";
const CYCLONEDX_TYPE = "https://cyclonedx.org/bom";

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
