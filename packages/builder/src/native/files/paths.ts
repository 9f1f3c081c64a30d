import { posix } from "node:path";

/** Without leading slashes, `.` and trailing slashes; `..` stops at the root. */
export function normalise(path: string): string {
  const clean = posix.normalize(`/${path}`);
  return clean === "/" ? "" : clean.slice(1).replace(/\/$/, "");
}

export function joinPath(directory: string, name: string): string {
  if (directory === "") return name;
  return name === "" ? directory : `${directory}/${name}`;
}

/** The directories a path lies in, outermost first. */
export function parentsOf(path: string): readonly string[] {
  const parts = path.split("/");
  return parts.slice(1).map((_, depth) => parts.slice(0, depth + 1).join("/"));
}
