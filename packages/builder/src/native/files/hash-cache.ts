import { createHash } from "node:crypto";
import { closeSync, existsSync, openSync, readSync, type BigIntStats } from "node:fs";
import type { Records } from "../records.ts";

/** Digest of a file's content, remembered by what the kernel says of it so that an unchanged file is not read again. */
export interface FileHasher {
  /** 64 hex digits. */
  hash(absolute: string, stats: BigIntStats): string;
  /** Keeps what was learnt. */
  save(): void;
}

const SLICE = 1 << 20;
/** Files changed this recently may change again within one tick of the clock, so they are always read (git's "racily clean"). */
const RACY_NS = 2_000_000_000n;

export function fileHasher(records: Records, key: string, now: () => bigint): FileHasher {
  const known = new Map(Object.entries((records.get("files", key) ?? {}) as Record<string, string>));
  const used = new Map<string, string>();
  const racy = new Map<string, string>();
  let changed = false;
  return {
    hash(absolute, stats) {
      const mark = `${stats.dev}.${stats.ino}.${stats.size}.${stats.mtimeNs}.${stats.ctimeNs}`;
      // Within one build even a fresh file is read once; who packs it checks that it is still the same.
      const remembered = racy.get(absolute) ?? used.get(absolute) ?? known.get(absolute);
      if (typeof remembered === "string" && remembered.startsWith(`${mark} `)) {
        if (!racy.has(absolute)) used.set(absolute, remembered);
        return remembered.slice(mark.length + 1);
      }
      const hex = hashFile(absolute, stats);
      if (now() - stats.ctimeNs > RACY_NS) {
        used.set(absolute, `${mark} ${hex}`);
        changed = true;
      } else racy.set(absolute, `${mark} ${hex}`);
      return hex;
    },
    save() {
      if (!changed) return;
      // Another target reads other files of the same folder; those that are gone are forgotten.
      const others = [...known].filter(([path]) => !used.has(path) && existsSync(path));
      records.put("files", key, Object.fromEntries([...others, ...used]));
      changed = false;
    },
  };
}

export function hashFile(absolute: string, { size }: Pick<BigIntStats, "size">): string {
  const hash = createHash("sha256");
  const buffer = Buffer.allocUnsafe(size < SLICE ? Number(size) + 1 : SLICE);
  const file = openSync(absolute, "r");
  try {
    for (;;) {
      const count = readSync(file, buffer, 0, buffer.length, null);
      if (count === 0) return hash.digest("hex");
      hash.update(buffer.subarray(0, count));
    }
  } finally {
    closeSync(file);
  }
}
