/** One challenge of a `WWW-Authenticate` header; scheme and parameter names in lower case. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: Readonly<Record<string, string>>;
}

const LONGEST = 8 * 1024;
const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const TOKEN68 = /[0-9A-Za-z\-._~+/]+=*(?=\s*(?:,|$))/y;
const EQUALS = /[ \t]*=[ \t]*/y;
const QUOTED = /"((?:[^"\\]|\\[\s\S])*)"/y;
const SEPARATORS = /[\s,]*/y;
const SPACES = /[ \t]+/y;

class Scanner {
  #at = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  get done(): boolean {
    return this.#at >= this.#text.length;
  }

  take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text) ?? undefined;
    if (match !== undefined) this.#at = pattern.lastIndex;
    return match;
  }
}

/**
 * `Bearer realm="https://auth.example/token",service="x",scope="a,b", Basic realm="y"` (RFC 9110, 11.6.1). Total: what
 * is malformed ends the list, and what was read before it counts.
 */
export function parseChallenges(header: string): readonly Challenge[] {
  const scanner = new Scanner(header.slice(0, LONGEST));
  const challenges: { scheme: string; parameters: Record<string, string> }[] = [];
  for (;;) {
    scanner.take(SEPARATORS);
    if (scanner.done) return challenges;
    const token = scanner.take(TOKEN)?.[0];
    if (token === undefined) return challenges;
    if (scanner.take(EQUALS) !== undefined) {
      const value = scanner.take(QUOTED)?.[1]?.replaceAll(/\\([\s\S])/g, "$1") ?? scanner.take(TOKEN)?.[0];
      const current = challenges.at(-1);
      if (value === undefined || current === undefined) return challenges;
      current.parameters[token.toLowerCase()] ??= value;
      continue;
    }
    challenges.push({
      scheme: token.toLowerCase(),
      parameters: Object.create(null) as Record<string, string>,
    });
    // A token68 (as of Negotiate) would otherwise be taken for the next scheme.
    if (scanner.take(SPACES) !== undefined) scanner.take(TOKEN68);
  }
}
