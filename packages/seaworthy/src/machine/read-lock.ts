import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { BasesLock } from "@seaworthy/debian";

export const LOCK_FILE = "bases.lock.json";

/** The lock beside the config, undefined where there is none yet. */
export async function readLock(root: string): Promise<BasesLock | undefined> {
  const text = await readFile(join(root, LOCK_FILE), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const { parseLock } = await import("@seaworthy/debian");
  return parseLock(text);
}
