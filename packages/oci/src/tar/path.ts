import { OciError } from "../error.ts";

/** Linux PATH_MAX without its final NUL, in bytes. */
const MAX_PATH = 4095;

/** What to do with a leading `/`: refuse it, or read it as "from the root of the archive", as image layers mean it. */
export type AbsolutePaths = "refuse" | "strip";

/**
 * A name as found in an archive to the form of `TarEntry.path`.
 * @throws OciError `path-escape` for absolute names and `..`, `invalid-archive` for empty, too long or NUL
 */
export function normalisePath(name: string, where: string, absolute: AbsolutePaths = "refuse"): string {
  checkText(name, where);
  if (name.startsWith("/") && absolute === "refuse") {
    throw new OciError("path-escape", `${where}: expected a relative path, found ${quote(name)}`);
  }
  if (isNormal(name)) return name;
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) {
    throw new OciError("path-escape", `${where}: expected a path inside the archive, found ${quote(name)}`);
  }
  return parts.length === 0 ? "." : parts.join("/");
}

/** A symlink's target is free (absolute and `..` are its business), but not empty, endless or cut by NUL. */
export function checkTarget(target: string, where: string): string {
  checkText(target, where);
  return target;
}

export function quote(name: string): string {
  return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name);
}

function checkText(text: string, where: string): void {
  if (text === "") throw new OciError("invalid-archive", `${where}: expected a name, found none`);
  if (text.includes("\0")) {
    throw new OciError("invalid-archive", `${where}: name ${quote(text)} holds a NUL byte`);
  }
  if (text.length > MAX_PATH || Buffer.byteLength(text) > MAX_PATH) {
    throw new OciError("invalid-archive", `${where}: name ${quote(text)} is longer than ${MAX_PATH} bytes`);
  }
}

// Empty, "." and ".." components all leave two of these side by side.
function isNormal(name: string): boolean {
  return !/(?:^|\/)(?:\.{0,2})(?:\/|$)/.test(name);
}
