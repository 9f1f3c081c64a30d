import { EvidenceError } from "../../error.ts";
import type { Package } from "../package.ts";
import { type Fields, isFields, jsonObject, textIn } from "./content.ts";
import { hashesIn } from "./hashes.ts";

export interface LockedNpm {
  /** Where it lies or would lie, from the lockfile's folder: `node_modules/a/node_modules/b`. */
  readonly path: string;
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly hashes: Package["hashes"];
  readonly dev: boolean;
}

const MAX_DEPTH = 100;

/** `package-lock.json` of any version (https://docs.npmjs.com/cli/configuring-npm/package-lock-json). */
export function readNpmLock(bytes: Buffer): readonly LockedNpm[] {
  const lock = jsonObject(bytes);
  const { packages, dependencies } = lock;
  // Version 3 and 2 have the flat list; the tree is all that version 1 has.
  if (isFields(packages)) return Object.entries(packages).flatMap(([path, entry]) => flat(path, entry));
  return isFields(dependencies) ? nested(dependencies) : [];
}

function flat(path: string, entry: unknown): readonly LockedNpm[] {
  const at = path.lastIndexOf("node_modules/");
  if (at < 0 || !isFields(entry) || entry["link"] === true) return [];
  const name = textIn(entry, "name") ?? path.slice(at + "node_modules/".length);
  return toLocked(path, name, entry);
}

function nested(top: Fields): readonly LockedNpm[] {
  const found: LockedNpm[] = [];
  const pending = [{ prefix: "", dependencies: top, depth: 0 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const [name, entry] of Object.entries(next.dependencies)) {
      if (!isFields(entry)) continue;
      const path = `${next.prefix}node_modules/${name}`;
      found.push(...toLocked(path, name, entry));
      const { dependencies } = entry;
      if (next.depth > MAX_DEPTH)
        throw new EvidenceError("unreadable", `is more than ${MAX_DEPTH} levels deep`);
      if (isFields(dependencies)) pending.push({ prefix: `${path}/`, dependencies, depth: next.depth + 1 });
    }
  }
  return found;
}

function toLocked(path: string, name: string, entry: Fields): readonly LockedNpm[] {
  const version = textIn(entry, "version");
  const license = textIn(entry, "license");
  if (version === undefined) return [];
  return [
    {
      path,
      name,
      version,
      hashes: hashesIn(textIn(entry, "integrity")),
      dev: entry["dev"] === true,
      ...(license !== undefined && { license }),
    },
  ];
}
