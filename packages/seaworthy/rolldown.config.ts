import { defineConfig } from "rolldown";
import { asciiOnly } from "./ascii.ts";
import { thirdPartyNotices } from "./third-party.ts";

/**
 * What users install: the command line and what configs import, with everything in it but koffi, which is native code
 * for each platform. Names stay readable: stack traces are worth something, and the port relay runs from its own text.
 * CommonJS, which Node has loaded sooner: a release overhead of some 60 ms less, measured with npm run bench.
 * xmlbuilder2 is asked for by cyclonedx-library where somebody writes XML, which nobody does here.
 */
export default defineConfig({
  input: { main: "src/main.ts", index: "src/index.ts", "matching-thread": "src/matching-thread.ts" },
  platform: "node",
  external: ["koffi", "xmlbuilder2"],
  plugins: [asciiOnly(), thirdPartyNotices("third-party.txt")],
  output: {
    dir: "dist",
    format: "cjs",
    entryFileNames: "[name].cjs",
    chunkFileNames: "chunks/[name]-[hash].cjs",
    cleanDir: true,
  },
});
