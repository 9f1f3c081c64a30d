// What configs import. In the working tree it is the sources, in what users install it is the bundle.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";

const source = new URL("./src/index.ts", import.meta.url);

/** @type {typeof import("./index.d.ts")} */
const { debian, defineConfig, definePolicy, npmFiles } = existsSync(source)
  ? await import(source.href)
  : createRequire(import.meta.url)("./dist/index.cjs");

export { debian, defineConfig, definePolicy, npmFiles };
