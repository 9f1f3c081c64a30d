import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { randomUUID } from "node:crypto";

/**
 * Small remembered facts by key, one JSON file each. A record that is missing, torn or unreadable is a miss, and one
 * that cannot be written is forgotten: a cache that fails never fails a build.
 */
export interface Records {
  get(kind: string, key: string): unknown;
  put(kind: string, key: string, value: object): void;
}

export function openRecords(dir: string): Records {
  const fileOf = (kind: string, key: string): string => join(dir, kind, key.slice(0, 2), `${key}.json`);
  return {
    get(kind, key) {
      try {
        return JSON.parse(readFileSync(fileOf(kind, key), "utf8")) as unknown;
      } catch {
        return undefined;
      }
    },
    put(kind, key, value) {
      const file = fileOf(kind, key);
      const draft = `${file}.${randomUUID()}`;
      try {
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(draft, JSON.stringify(value));
        renameSync(draft, file);
      } catch {
        // Not remembered; the next build does the work again.
      }
    },
  };
}
