import { defineConfig } from "rolldown";

/**
 * One file per entry, with everything in it that the run-time stage lacks. No source maps: they would carry
 * paths of the machine that built them. Names and lines stay readable, so a stack trace is worth something.
 */
const shared = {
  platform: "node",
  // jsonc-parser names its ES modules only in the field "module"; its main file hides its imports from bundlers.
  resolve: { mainFields: ["module", "main"] },
  output: { dir: "dist", format: "esm", entryFileNames: "[name].mjs", codeSplitting: false, minify: false },
} as const;

export default defineConfig([
  { ...shared, input: { main: "src/main.ts" } },
  { ...shared, input: { healthcheck: "src/healthcheck.ts" } },
]);
