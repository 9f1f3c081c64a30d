/**
 * Go's `filepath.Match` per path component, as COPY and ADD use it (Dockerfile reference, "Pattern matching"), and `**`
 * for any number of components (`COPY --parents`).
 */
export function globToRegExp(pattern: string): RegExp {
  const parts = pattern.split("/").filter((part) => part !== "" && part !== ".");
  let expression = "";
  for (const [position, part] of parts.entries()) {
    const last = position === parts.length - 1;
    if (part === "**") expression += last ? ".*" : "(?:.*/)?";
    else expression += componentOf(part) + (last ? "" : "/");
  }
  return new RegExp(`^${expression}$`, "su");
}

export function isGlob(path: string): boolean {
  return /[*?[\\]/.test(path);
}

function componentOf(part: string): string {
  let out = "";
  for (let i = 0; i < part.length; i++) {
    const char = part[i]!;
    if (char === "*") out += "[^/]*";
    else if (char === "?") out += "[^/]";
    else if (char === "\\" && i + 1 < part.length) out += literal(part[++i]!);
    else if (char === "[") {
      const close = part.indexOf("]", i + 2);
      if (close < 0) out += literal(char);
      else {
        out += classOf(part.slice(i + 1, close));
        i = close;
      }
    } else out += literal(char);
  }
  return out;
}

function classOf(body: string): string {
  const negated = body.startsWith("^");
  const members = (negated ? body.slice(1) : body).replaceAll(/[\]\\^[&~|]/g, "\\$&");
  return `[${negated ? "^/" : ""}${members}]`;
}

function literal(char: string): string {
  return char.replaceAll(/[$()*+./?[\\\]^{|}]/g, "\\$&");
}
