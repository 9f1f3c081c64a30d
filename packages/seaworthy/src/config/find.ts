import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

const NAMES = [
  "seaworthy.config.ts",
  "seaworthy.config.mts",
  "seaworthy.config.js",
  "seaworthy.config.mjs",
] as const;

/** The config of a folder or of the nearest one above it; undefined where there is none. */
export function findConfig(from: string): string | undefined {
  for (let dir = from; ; dir = dirname(dir)) {
    for (const name of NAMES) if (existsSync(join(dir, name))) return join(dir, name);
    if (existsSync(join(dir, ".git")) || dirname(dir) === dir) return undefined;
  }
}
