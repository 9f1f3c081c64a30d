import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { realPlace } from "./real-place.ts";
import type { View } from "./view.ts";

const MAX_DEPTH = 4;
/** Enough for what people write by hand; a folder full of data is not looked through to its end. */
const MAX_FILES = 50_000;
const MAX_BYTES = 1 << 20;
const INSTALLED: ReadonlySet<string> = new Set(["node_modules", "vendor", "venv", "__pycache__"]);

export function folderView(root: string): View {
  return {
    files: filesBelow(root).toSorted(),
    has: (path) => {
      const place = realPlace(root, path);
      return place !== undefined && existsSync(place);
    },
    read: (path) => {
      const place = realPlace(root, path);
      const found = place === undefined ? undefined : statSync(place, { throwIfNoEntry: false });
      if (found?.isFile() !== true || found.size > MAX_BYTES) return undefined;
      return readFileSync(place!, "utf8");
    },
  };
}

/** Links are not followed; the nearest folders come first, so that the limit cuts what is far away. */
function filesBelow(root: string): readonly string[] {
  const files: string[] = [];
  const folders = [{ path: "", depth: 0 }];
  for (const { path, depth } of folders) {
    if (files.length > MAX_FILES) break;
    for (const entry of entriesOf(join(root, path))) {
      if (entry.name.startsWith(".")) continue;
      const name = path === "" ? entry.name : `${path}/${entry.name}`;
      if (entry.isFile()) files.push(name);
      const enter = entry.isDirectory() && depth < MAX_DEPTH && !INSTALLED.has(entry.name);
      if (enter) folders.push({ path: name, depth: depth + 1 });
    }
  }
  return files;
}

/** A folder that may not be read holds nothing for us. */
function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
