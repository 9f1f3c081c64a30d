#!/usr/bin/env node
// Plain JavaScript that any Node understands, so that an old one gets a sentence instead of a syntax error.
import { existsSync } from "node:fs";
import nodeModule, { createRequire } from "node:module";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 24 || (major === 24 && minor < 15)) {
  process.stderr.write(
    `error: Node ${process.versions.node}: expected 24.15 or newer\n  → npm install --save-dev node@24, then run it through npx or an npm script\n`,
  );
  process.exit(2);
}
nodeModule.enableCompileCache?.();
// The working tree runs from its sources, what users install from the bundle.
const source = new URL("../src/main.ts", import.meta.url);
const { main } = existsSync(source)
  ? await import(source.href)
  : createRequire(import.meta.url)("../dist/main.cjs");
await main();
