import { fileURLToPath } from "node:url";

import { defineConfig, type RolldownOptions } from "rolldown";

import { billOfMaterials } from "./bill-of-materials.ts";
import manifest from "./package.json" with { type: "json" };
import { thirdPartyNotices } from "./third-party.ts";

const lockfile = fileURLToPath(new URL("../../package-lock.json", import.meta.url));

/**
 * One file per entry, with everything in it that the run-time stage lacks. No source maps: they would carry
 * paths of the machine that built them. Names and lines stay readable, so a stack trace is worth something.
 */
function bundle(name: string): RolldownOptions {
  return {
    input: { [name]: `src/${name}.ts` },
    platform: "node",
    // jsonc-parser names its ES modules only in "module"; its main file hides its imports from bundlers.
    resolve: { mainFields: ["module", "main"] },
    plugins: [thirdPartyNotices("third-party.txt"), billOfMaterials(`${name}.cdx.json`, manifest, lockfile)],
    output: { dir: "dist", format: "esm", entryFileNames: "[name].mjs", codeSplitting: false },
  };
}

export default defineConfig([bundle("main"), bundle("healthcheck")]);
