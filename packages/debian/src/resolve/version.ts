/** How a dependency bounds a version (Debian policy 7.1). */
export type VersionOperator = "<<" | "<=" | "=" | ">=" | ">>";

interface Parts {
  readonly epoch: number;
  readonly upstream: string;
  readonly revision: string;
}

/** Debian policy 5.6.12: negative where `a` is older. An absent revision equals revision `0`. */
export function compareVersions(a: string, b: string): number {
  if (a === b) return 0;
  const left = split(a);
  const right = split(b);
  return (
    left.epoch - right.epoch ||
    compareFragments(left.upstream, right.upstream) ||
    compareFragments(left.revision, right.revision)
  );
}

const ACCEPTS: Readonly<Record<VersionOperator, (order: number) => boolean>> = {
  "<<": (order) => order < 0,
  "<=": (order) => order <= 0,
  "=": (order) => order === 0,
  ">=": (order) => order >= 0,
  ">>": (order) => order > 0,
};

export function satisfies(version: string, operator: VersionOperator, bound: string): boolean {
  return ACCEPTS[operator](compareVersions(version, bound));
}

function split(version: string): Parts {
  const colon = version.indexOf(":");
  const rest = version.slice(colon + 1);
  const dash = rest.lastIndexOf("-");
  return {
    epoch: colon < 0 ? 0 : Number(version.slice(0, colon)),
    upstream: dash < 0 ? rest : rest.slice(0, dash),
    revision: dash < 0 ? "" : rest.slice(dash + 1),
  };
}

/** Text and number parts by turns; the end of a string sorts before everything but `~`. */
function compareFragments(a: string, b: string): number {
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    while ((i < a.length && !isDigit(a, i)) || (j < b.length && !isDigit(b, j))) {
      const order = weight(a, i) - weight(b, j);
      if (order !== 0) return order;
      i++;
      j++;
    }
    const [left, afterLeft] = digits(a, i);
    const [right, afterRight] = digits(b, j);
    // Compared as text: version numbers such as dates may exceed what a double holds.
    if (left.length !== right.length) return left.length - right.length;
    if (left !== right) return left < right ? -1 : 1;
    i = afterLeft;
    j = afterRight;
  }
  return 0;
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 48 && code <= 57;
}

/** `~` before the end (and digits), letters before all other characters. */
function weight(text: string, at: number): number {
  if (at >= text.length || isDigit(text, at)) return 0;
  const character = text[at]!;
  if (character === "~") return -1;
  return /[A-Za-z]/.test(character) ? character.charCodeAt(0) : character.charCodeAt(0) + 256;
}

/** The run of digits without leading zeros, and where it ends. */
function digits(text: string, from: number): readonly [string, number] {
  let end = from;
  while (end < text.length && isDigit(text, end)) end++;
  let start = from;
  while (start < end && text[start] === "0") start++;
  return [text.slice(start, end), end];
}
