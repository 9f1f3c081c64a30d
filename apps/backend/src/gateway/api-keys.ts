import { createHash, timingSafeEqual } from "node:crypto";

/** One client's key: only its SHA-256 is known here. */
export interface ApiKey {
  readonly name: string;
  readonly sha256: Buffer;
}

interface ParsedApiKeys {
  readonly keys: readonly ApiKey[];
  readonly faults: readonly string[];
}

/**
 * Reads `name:<64 hex digits>` entries, separated by commas or white space. A fault names the position of
 * the entry and never shows it: somebody may have put the key itself there.
 */
export function parseApiKeys(text: string): ParsedApiKeys {
  const keys: ApiKey[] = [];
  const faults: string[] = [];
  for (const [index, entry] of text
    .split(/[\s,]+/)
    .filter(Boolean)
    .entries()) {
    const match = /^([A-Za-z0-9][A-Za-z0-9._-]{0,63}):([0-9a-fA-F]{64})$/.exec(entry);
    if (!match) {
      faults.push(`entry ${index + 1}: expected name:<64 hex digits of SHA-256>, found something else`);
      continue;
    }
    const [, name = "", hex = ""] = match;
    if (keys.some((key) => key.name === name)) faults.push(`entry ${index + 1}: the name "${name}" is taken`);
    keys.push({ name, sha256: Buffer.from(hex, "hex") });
  }
  return { keys, faults };
}

/**
 * The name of the key that was presented, or undefined. Every known key is compared, each in constant time,
 * so the answer takes equally long whichever matches.
 */
export function matchApiKey(keys: readonly ApiKey[], presented: string): string | undefined {
  const digest = createHash("sha256").update(presented).digest();
  let found: string | undefined;
  for (const key of keys) {
    if (timingSafeEqual(key.sha256, digest)) found = key.name;
  }
  return found;
}
