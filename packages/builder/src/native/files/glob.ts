/** One component of a pattern of COPY or ADD, as Go's `filepath.Match` reads it. */
export function matcherOf(component: string): RegExp {
  let out = "";
  for (let i = 0; i < component.length; i++) {
    const char = component[i]!;
    if (char === "*") out += ".*";
    else if (char === "?") out += ".";
    else if (char === "\\" && i + 1 < component.length) out += literal(component[++i]!);
    else if (char === "[") {
      const close = closeOf(component, i);
      if (close === undefined) out += literal(char);
      else {
        out += classOf(component.slice(i + 1, close));
        i = close;
      }
    } else out += literal(char);
  }
  return new RegExp(`^${out}$`, "su");
}

export function isGlob(path: string): boolean {
  return /[*?[\\]/.test(path);
}

/** The bracket that ends a class: not its first member, nor one behind a backslash. */
function closeOf(text: string, open: number): number | undefined {
  const first = open + (text[open + 1] === "^" ? 2 : 1);
  for (let i = first; i < text.length; i++) {
    if (text[i] === "\\") i += 1;
    else if (text[i] === "]" && i > first) return i;
  }
  return undefined;
}

function classOf(body: string): string {
  const negated = body.startsWith("^");
  const members = (negated ? body.slice(1) : body).replaceAll(/\\?([\]\\^[&~|])/g, String.raw`\$1`);
  return `[${negated ? "^" : ""}${members}]`;
}

function literal(char: string): string {
  return char.replaceAll(/[$()*+./?[\\\]^{|}-]/g, String.raw`\$&`);
}
