import { DockerfileError } from "./error.ts";
import { MAX_EXPANDED, MAX_PATTERN_STEPS } from "./limits.ts";
import { quote } from "./quote.ts";

/** A pattern of `${name#pattern}`: the texts between its stars; `undefined` stands for `?`. */
type Glob = readonly (readonly (string | undefined)[])[];

type Length = "shortest" | "longest";

/** `*` any text of one line, `?` one character; both, and the backslash itself, escaped by a backslash. */
export function parseGlob(pattern: string): Glob {
  const parts: (string | undefined)[][] = [[]];
  const chars = Array.from(pattern);
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at]!;
    if (char === "*") parts.push([]);
    else if (char === "?") parts.at(-1)!.push(undefined);
    else if (char === "\\") parts.at(-1)!.push(escaped(chars[++at], pattern));
    else parts.at(-1)!.push(char);
  }
  return parts;
}

/** `}` and `/` are escaped for the substitution, `*`, `?` and `\` for the pattern. */
function escaped(char: string | undefined, pattern: string): string {
  if (char !== undefined && "*?\\}/".includes(char)) return char;
  throw new DockerfileError("expansion", `pattern ${quote(pattern)}: found \\${char ?? ""}`, {
    hint: "only \\*, \\?, \\\\, \\/ and \\} are escapes in a pattern",
  });
}

export function removePrefix(value: string, glob: Glob, length: Length): string {
  const chars = Array.from(value);
  const end = new Matcher(chars, glob).matchAt(0, length);
  return end === undefined ? value : chars.slice(end).join("");
}

/** The suffix of a text is the prefix of its mirror image. */
export function removeSuffix(value: string, glob: Glob, length: Length): string {
  const mirrored = glob.map((part) => part.toReversed()).toReversed();
  const chars = Array.from(value).toReversed();
  const end = new Matcher(chars, mirrored).matchAt(0, length);
  return end === undefined ? value : chars.slice(end).toReversed().join("");
}

export function replace(value: string, glob: Glob, text: string, which: "first" | "all"): string {
  const chars = Array.from(value);
  const matcher = new Matcher(chars, glob);
  let result = "";
  let at = 0;
  let matched = -1;
  for (let done = false; at <= chars.length && !done;) {
    const end = matcher.matchAt(at, "longest");
    // An empty match that touches the one before it does not count.
    if (end === undefined || (end === at && at === matched)) {
      result += chars[at++] ?? "";
      continue;
    }
    result += text;
    checkSize(result.length);
    done = which === "first";
    matched = end;
    // An empty match still moves on by one character, which is kept.
    if (end === at) result += chars[at++] ?? "";
    else at = end;
  }
  return result + chars.slice(at).join("");
}

function checkSize(length: number): void {
  if (length <= MAX_EXPANDED) return;
  throw new DockerfileError("too-large", `a substitution expands to more than ${MAX_EXPANDED} characters`);
}

/**
 * Matches without backtracking: each text between stars is taken at its first place, the last one, for
 * the longest match, at its last place. A bounded number of steps, whatever the pattern.
 */
class Matcher {
  readonly #chars: readonly string[];
  readonly #glob: Glob;
  #steps = 0;

  constructor(chars: readonly string[], glob: Glob) {
    this.#chars = chars;
    this.#glob = glob;
  }

  /** The end of the match that starts here; undefined where there is none. */
  matchAt(start: number, length: Length): number | undefined {
    const [first, ...rest] = this.#glob;
    if (!this.#fits(first!, start)) return undefined;
    let at = start + first!.length;
    for (const [index, part] of rest.entries()) {
      const last = index === rest.length - 1;
      const found = this.#find(part, at, last ? length : "shortest");
      if (found === undefined) return undefined;
      at = found + part.length;
    }
    return at;
  }

  /** Where a part stands after a star that begins at `from`: a star does not cross the end of a line. */
  #find(part: Glob[number], from: number, length: Length): number | undefined {
    let found: number | undefined;
    for (let at = from; at + part.length <= this.#chars.length; at++) {
      if (this.#fits(part, at)) {
        found = at;
        if (length === "shortest") break;
      }
      if (this.#chars[at] === "\n") break;
    }
    return found;
  }

  #fits(part: Glob[number], at: number): boolean {
    if (at + part.length > this.#chars.length) return false;
    for (const [index, wanted] of part.entries()) {
      this.#step();
      const char = this.#chars[at + index];
      if (wanted === undefined ? char === "\n" : char !== wanted) return false;
    }
    this.#step();
    return true;
  }

  #step(): void {
    if (++this.#steps > MAX_PATTERN_STEPS) {
      throw new DockerfileError("too-large", "a pattern of a substitution takes too many steps");
    }
  }
}
