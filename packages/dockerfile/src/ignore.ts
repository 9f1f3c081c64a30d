import { DockerfileError } from "./error.ts";
import { compilePattern, mayMatchBelow, parsePattern } from "./ignore-pattern.ts";
import type { Match, Pattern } from "./ignore-pattern.ts";
import { MAX_TEXT } from "./limits.ts";
import { cleanPath } from "./path.ts";
import { trim } from "./space.ts";
import { splitLines } from "./text.ts";

/** A parsed .dockerignore. Paths are relative to the context, with `/`, without `./` and trailing slash. */
export interface Ignore {
  matches(path: string): Verdict;
  /**
   * Whether something below an ignored directory may still be taken in by a `!` line. Where not, a walk
   * need not enter it.
   */
  mayReinclude(directory: string): boolean;
}

export interface Verdict {
  readonly ignored: boolean;
  /** The line that decided, from 1, and its text; absent where none did. */
  readonly line?: number | undefined;
  readonly pattern?: string | undefined;
}

interface Rule {
  readonly line: number;
  readonly text: string;
  readonly negated: boolean;
  readonly pattern: Pattern;
  readonly match: Match;
}

/** Throws a `DockerfileError` that names the line for a pattern that is none. */
export function parseDockerignore(text: string, { file = ".dockerignore" }: { file?: string } = {}): Ignore {
  if (text.length > MAX_TEXT) {
    throw new DockerfileError("too-large", `expected at most ${MAX_TEXT} characters, found ${text.length}`, {
      file,
    });
  }
  const lines = splitLines(text.replace(/^\uFEFF/, ""));
  const rules = lines.flatMap((line): readonly Rule[] => {
    try {
      return parseRule(line.text, line.number);
    } catch (error) {
      const start = { line: line.number, column: 1 };
      const range = { start, end: { line: line.number, column: line.text.length + 1 } };
      throw error instanceof DockerfileError ? error.at({ file, text }, range) : error;
    }
  });
  return new RuleList(rules);
}

function parseRule(line: string, number: number): readonly Rule[] {
  if (line.startsWith("#")) return [];
  const text = trim(line);
  if (text === "") return [];
  const negated = text.startsWith("!");
  const written = negated ? trim(text.slice(1)) : text;
  if (negated && /^\/*$/.test(written)) {
    throw new DockerfileError("invalid-value", 'expected a pattern after "!", found nothing');
  }
  const pattern = parsePattern(cleanPath(written).replace(/^\/(?=.)/, ""));
  return [{ line: number, text, negated, pattern, match: compilePattern(pattern) }];
}

class RuleList implements Ignore {
  readonly #rules: readonly Rule[];

  constructor(rules: readonly Rule[]) {
    this.#rules = rules;
  }

  matches(path: string): Verdict {
    let decided: Rule | undefined;
    for (const rule of this.#rules) {
      const ignored = decided !== undefined && !decided.negated;
      // Only a rule that would change the verdict is asked.
      if (rule.negated === ignored && rule.match(path)) decided = rule;
    }
    if (decided === undefined) return { ignored: false };
    return { ignored: !decided.negated, line: decided.line, pattern: decided.text };
  }

  mayReinclude(directory: string): boolean {
    return this.#rules.some(({ negated, pattern }) => negated && mayMatchBelow(pattern, directory));
  }
}
