import type { Records } from "../records.ts";
import type { Placed } from "./place.ts";
import type { Node } from "./rooted.ts";

/** What a layer has at which path. */
export type Outline = ReadonlyMap<string, Node>;

export function outlineOf(placed: readonly Placed[]): Outline {
  return new Map(placed.map((item) => [item.path, nodeOf(item)]));
}

function nodeOf({ type, linkname }: Placed): Node {
  if (type === "symlink" && linkname !== undefined) return { type, linkname };
  return { type: type === "directory" ? "directory" : "other" };
}

const KIND = "outline";

export function rememberOutline(records: Records, id: string, outline: Outline): void {
  records.put(KIND, id, {
    paths: [...outline].map(([path, { type, linkname }]) => [path, type, linkname ?? ""]),
  });
}

export function rememberedOutline(records: Records, id: string): Outline | undefined {
  const { paths } = (records.get(KIND, id) ?? {}) as { paths?: unknown };
  if (!Array.isArray(paths)) return undefined;
  const outline = new Map<string, Node>();
  for (const row of paths as unknown[]) {
    if (!Array.isArray(row) || !row.every((cell) => typeof cell === "string")) return undefined;
    const [path = "", type = "", linkname = ""] = row;
    if (type !== "directory" && type !== "symlink" && type !== "other") return undefined;
    outline.set(path, type === "symlink" ? { type, linkname } : { type });
  }
  return outline;
}
