/** Whether a path (relative, slash-separated) is matched: `*` and `?` stay within a name, `**` crosses folders. */
export function globs(patterns: readonly string[]): (path: string) => boolean {
  if (patterns.length === 0) return () => false;
  const all = new RegExp(`^(?:${patterns.map(toSource).join("|")})$`);
  return (path) => all.test(path);
}

function toSource(pattern: string): string {
  return pattern
    .replace(/^\/+/, "")
    .split("/")
    .map((part) => (part === "**" ? "**" : part.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)))
    .map((part) => (part === "**" ? part : part.replaceAll(/\*+/g, "[^/]*").replaceAll("?", "[^/]")))
    .join("/")
    .replaceAll("/**/", "/(?:.*/)?")
    .replaceAll(/^\*\*\//g, "(?:.*/)?")
    .replaceAll("**", ".*");
}
