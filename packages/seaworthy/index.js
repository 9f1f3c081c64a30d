// What configs import. In the working tree it is the sources, in what users install it is the bundle.
import { existsSync } from "node:fs";

const source = new URL("./src/index.ts", import.meta.url);
const bundle = new URL("./dist/index.js", import.meta.url);

/** @type {typeof import("./index.d.ts")} */
const { debian, defineConfig, definePolicy, npmFiles } = await import(
  (existsSync(source) ? source : bundle).href
);

export { debian, defineConfig, definePolicy, npmFiles };
