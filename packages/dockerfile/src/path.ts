/** The last part of a path; empty for the root. */
export function baseName(path: string): string {
  return cleanPath(path).split("/").at(-1)!;
}

/** The shortest equal path by text alone (`/root//.cache/` is `/root/.cache`), `.` for an empty one. */
export function cleanPath(path: string): string {
  const parts: string[] = [];
  const absolute = path.startsWith("/");
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else if (!absolute) parts.push(part);
  }
  return (absolute ? "/" : "") + parts.join("/") || ".";
}
