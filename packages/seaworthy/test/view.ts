import type { View } from "../src/init/view.ts";

/** A repository that is nothing but these files. */
export function viewOf(files: Readonly<Record<string, string>>): View {
  const names = Object.keys(files).toSorted();
  return {
    files: names,
    has: (path) => path === "." || names.some((name) => name === path || name.startsWith(`${path}/`)),
    read: (path) => files[path],
  };
}
