import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CleanLayers, SecretScan } from "@seaworthy/evidence/secrets";
import { type Digest, digestOf, hexOf } from "@seaworthy/oci";

/** Remembered under the rules alone: a layer in which nothing was found needs no baseline. May be deleted. */
export function cleanLayers(folder: string, rules: string): CleanLayers {
  const turns = new Map<Digest, Promise<unknown>>();
  const fileOf = (layer: Digest): string => join(folder, `${hexOf(digestOf(`${rules} ${layer}`))}.json`);
  return {
    turn(layer, work) {
      const mine = (turns.get(layer) ?? Promise.resolve()).then(work, work);
      turns.set(layer, mine);
      return mine;
    },
    get(layer) {
      try {
        const scan = JSON.parse(readFileSync(fileOf(layer), "utf8")) as SecretScan;
        return isClean(scan, rules) ? scan : undefined;
      } catch {
        // Not known, or written by another version: it is looked at again.
        return undefined;
      }
    },
    put(layer, scan) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const file = fileOf(layer);
      writeFileSync(`${file}.${process.pid}`, JSON.stringify(scan), { mode: 0o600 });
      renameSync(`${file}.${process.pid}`, file);
    },
  };
}

function isClean(scan: SecretScan, rules: string): boolean {
  const counts = [scan.texts, scan.bytes, scan.skipped.binary];
  return (
    scan.rules === rules &&
    counts.every(Number.isSafeInteger) &&
    [scan.skipped.cut, scan.skipped.unreadable].every(Array.isArray) &&
    scan.findings.length === 0 &&
    scan.allowed.length === 0
  );
}
