import { defineConfig } from "rolldown";
import { thirdPartyNotices } from "./third-party.ts";

/**
 * What users install: the command line and what configs import, with everything in it but koffi, which is native code
 * for each platform. Names stay readable: stack traces are worth something, and the port relay runs from its own text.
 */
export default defineConfig({
  input: { main: "src/main.ts", index: "src/index.ts" },
  platform: "node",
  external: ["koffi"],
  plugins: [thirdPartyNotices("third-party.txt")],
  output: {
    dir: "dist",
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "chunks/[name]-[hash].js",
    cleanDir: true,
  },
});
