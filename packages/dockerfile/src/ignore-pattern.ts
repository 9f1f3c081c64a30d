import { DockerfileError } from "./error.ts";
import { quote } from "./quote.ts";

/** One step of a pattern. */
type Token =
  | { readonly type: "char"; readonly char: string }
  /** `?`: any character but `/`. */
  | { readonly type: "any" }
  /** `*`: any number of characters but `/`. */
  | { readonly type: "star" }
  /** `**` and the slash after it: nothing, or any directories. */
  | { readonly type: "directories" }
  /** `**` at the end: everything. */
  | { readonly type: "all" }
  | {
      readonly type: "class";
      readonly negated: boolean;
      readonly ranges: readonly (readonly [string, string])[];
    };

export type Pattern = readonly Token[];

/** A cleaned pattern of .dockerignore, in the syntax of Go's filepath.Match with `**` added. */
export function parsePattern(text: string): Pattern {
  const chars = Array.from(text);
  // `**.log` at the start means any path that ends so, unlike `**.log` further in.
  if (/^\*\*[^*?[\]\\/]/.test(text) && !/[*?[\\]/.test(text.slice(2))) {
    return [{ type: "all" }, ...chars.slice(2).map((char) => ({ type: "char", char }) as const)];
  }
  const tokens: Token[] = [];
  for (let at = 0; at < chars.length;) {
    const [token, next] = readToken(chars, at, text);
    tokens.push(token);
    at = next;
  }
  return tokens;
}

function readToken(chars: readonly string[], at: number, text: string): [Token, number] {
  const char = chars[at]!;
  switch (char) {
    case "*": {
      if (chars[at + 1] !== "*") return [{ type: "star" }, at + 1];
      const next = chars[at + 2] === "/" ? at + 3 : at + 2;
      return [{ type: next >= chars.length ? "all" : "directories" }, next];
    }
    case "?":
      return [{ type: "any" }, at + 1];
    case "\\":
      if (at + 1 === chars.length) throw invalid(text, "nothing follows the last \\");
      return [{ type: "char", char: chars[at + 1]! }, at + 2];
    case "[":
      return readClass(chars, at + 1, text);
    default:
      return [{ type: "char", char }, at + 1];
  }
}

function readClass(chars: readonly string[], start: number, text: string): [Token, number] {
  const negated = chars[start] === "^";
  const ranges: [string, string][] = [];
  let at = negated ? start + 1 : start;
  while (chars[at] !== "]" || ranges.length === 0) {
    const [low, afterLow] = readMember(chars, at, text);
    const [high, next] = chars[afterLow] === "-" ? readMember(chars, afterLow + 1, text) : [low, afterLow];
    ranges.push([low, high]);
    at = next;
  }
  return [{ type: "class", negated, ranges }, at + 1];
}

function readMember(chars: readonly string[], at: number, text: string): [string, number] {
  const escaped = chars[at] === "\\";
  const char = chars[escaped ? at + 1 : at];
  if (char === undefined) throw invalid(text, "the bracket is not closed");
  if (!escaped && (char === "-" || char === "]"))
    throw invalid(text, `found ${char} where a character belongs`);
  return [char, escaped ? at + 2 : at + 1];
}

function invalid(text: string, problem: string): DockerfileError {
  return new DockerfileError("invalid-value", `pattern ${quote(text)}: ${problem}`);
}

/** Whether a path matches. For many paths: what can be decided without walking the pattern, is. */
export type Match = (path: string) => boolean;

/** With more of these a regular expression may backtrack for ever; real patterns have one or two. */
const MAX_WILDCARDS = 2;

/** A test for a path that also holds where one of the directories above it matches. */
export function compilePattern(pattern: Pattern, maxWildcards = MAX_WILDCARDS): Match {
  const literal = literalOf(pattern);
  if (literal !== undefined) {
    return (path) =>
      path.startsWith(literal) && (path.length === literal.length || path[literal.length] === "/");
  }
  const wildcards = pattern.filter(({ type }) => type === "star" || type === "all" || type === "directories");
  if (wildcards.length > maxWildcards) return (path) => walk(pattern, path) === "matched";
  const expression = new RegExp(`^${pattern.map(toExpression).join("")}(?:/|$)`, "su");
  return (path) => expression.test(path);
}

/** Whether a pattern matches a directory, one above it, or could match something below it. */
export function mayMatchBelow(pattern: Pattern, directory: string): boolean {
  return walk(pattern, `${directory}/`) !== "failed";
}

function literalOf(pattern: Pattern): string | undefined {
  const chars = pattern.map((token) => (token.type === "char" ? token.char : undefined));
  return chars.includes(undefined) ? undefined : chars.join("");
}

function toExpression(token: Token): string {
  switch (token.type) {
    case "char":
      return codePoint(token.char);
    case "any":
      return "[^/]";
    case "star":
      return "[^/]*";
    case "directories":
      return "(?:.*/)?";
    case "all":
      return ".*";
    case "class": {
      const ranges = token.ranges.filter(([low, high]) => low <= high);
      const inside = ranges.map(([low, high]) => `${codePoint(low)}-${codePoint(high)}`).join("");
      return token.negated ? `[^/${inside}]` : `(?!/)[${inside}]`;
    }
    default:
      return token satisfies never;
  }
}

function codePoint(char: string): string {
  return `\\u{${char.codePointAt(0)!.toString(16)}}`;
}

/**
 * Walks a path once with the set of places the pattern may be at: no pattern is slow. `open` means that
 * a longer path could still match.
 */
function walk(pattern: Pattern, path: string): "matched" | "open" | "failed" {
  let places = new Set<number>();
  enter(pattern, 0, places);
  for (const char of path) {
    // Everything up to here is a directory above.
    if (char === "/" && places.has(pattern.length)) return "matched";
    const next = new Set<number>();
    for (const place of places) advance(pattern, place, char, next);
    if (next.size === 0) return "failed";
    places = next;
  }
  return places.has(pattern.length) ? "matched" : "open";
}

/** Adds a place, and those behind tokens that may stand for nothing. */
function enter(pattern: Pattern, place: number, places: Set<number>): void {
  for (let at = place; !places.has(at); at++) {
    places.add(at);
    const type = pattern[at]?.type;
    if (type !== "star" && type !== "all" && type !== "directories") return;
  }
}

function advance(pattern: Pattern, place: number, char: string, next: Set<number>): void {
  const token = pattern[place];
  if (token === undefined) return;
  if (token.type === "directories") {
    next.add(place);
    // It ends with a slash.
    if (char === "/") enter(pattern, place + 1, next);
  } else if (token.type === "all" || token.type === "star") {
    if (token.type === "all" || char !== "/") enter(pattern, place, next);
  } else if (takes(token, char)) {
    enter(pattern, place + 1, next);
  }
}

function takes(token: Token, char: string): boolean {
  if (token.type === "char") return token.char === char;
  if (char === "/") return false;
  if (token.type !== "class") return true;
  return token.negated !== token.ranges.some(([low, high]) => low <= char && char <= high);
}
