import { lstatSync, readFileSync, readdirSync, readlinkSync } from "node:fs";
import type { TarItem } from "@seaworthy/oci";
import type { AssembledBase } from "../src/index.ts";

/** A folder as layer items, everything owned by root and of one time. */
export function* itemsOfDirectory(root: string, directory = ""): Generator<TarItem> {
  for (const name of readdirSync(`${root}/${directory}`).sort()) {
    const path = directory === "" ? name : `${directory}/${name}`;
    const file = `${root}/${path}`;
    const stat = lstatSync(file);
    const entry = { path, mode: stat.mode & 0o7777, uid: 0, gid: 0, mtime: 1_500_000_000, size: 0 };
    if (stat.isDirectory()) {
      yield { entry: { ...entry, type: "directory" }, content: [] };
      yield* itemsOfDirectory(root, path);
    } else if (stat.isSymbolicLink()) {
      yield { entry: { ...entry, type: "symlink", mode: 0o777, linkname: readlinkSync(file) }, content: [] };
    } else {
      yield { entry: { ...entry, type: "file", size: stat.size }, content: [readFileSync(file)] };
    }
  }
}

/** The same base for every platform; `key` must change with the items. */
export function baseOf(
  key: string,
  items: () => Iterable<TarItem>,
  config: ReturnType<AssembledBase["config"]> = {},
): AssembledBase {
  return {
    key: () => key,
    config: () => config,
    async *items() {
      yield* items();
    },
  };
}
