import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Source, readSource } from "@seaworthy/release/source";
import { gitIn } from "../machine/git.ts";
import type { Machine } from "../machine/machine.ts";

/** Folders without a repository need no git on the machine. */
export async function sourceAt(folder: string, env: Machine["env"]): Promise<Source> {
  return inRepository(folder) ? readSource(gitIn(folder, env)) : { dirty: true };
}

function inRepository(folder: string): boolean {
  for (let dir = folder; ; dir = dirname(dir)) {
    if (existsSync(join(dir, ".git"))) return true;
    if (dirname(dir) === dir) return false;
  }
}
