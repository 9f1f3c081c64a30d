import type { Escape } from "./dockerfile.ts";
import { DockerfileError } from "./error.ts";
import { MAX_EXPANDED, MAX_NESTING } from "./limits.ts";
import { parseModifier, unsupported } from "./modifier.ts";
import { quote } from "./quote.ts";
import { WordList } from "./word-list.ts";

export interface ExpanderOptions {
  readonly escape: Escape;
  /** Quotes are text like any other. For the bodies of COPY heredocs. */
  readonly ignoreQuotes?: boolean;
  /** Quotes do their work but stay in the result. */
  readonly rawQuotes?: boolean;
  readonly rawEscapes?: boolean;
  /** Unset variables stay as written, and `${name:?…}` does not fail. */
  readonly keepUnset?: boolean;
  /** Called with every name that is looked up; `guarded` where it says what to do if it is unset. */
  readonly onName?: (name: string, guarded: boolean) => void;
}

interface Scanned {
  readonly text: string;
  readonly words: WordList;
}

/** A name after `$`: a positional number, a special parameter, or letters, digits and `_`. */
const NAME = /\p{Nd}+|[@*#?$!-]|[\p{L}_][\p{L}\p{Nd}_]*/uy;

/**
 * Reads one word of a Dockerfile the way BuildKit's shell lexer does: quotes, escapes and variables.
 * An instance reads its text once.
 */
export class Expander {
  readonly #source: string;
  readonly #env: ReadonlyMap<string, string>;
  readonly #options: ExpanderOptions;
  #at = 0;
  #depth = 0;
  #size = 0;
  #rawEscapes: boolean;

  constructor(source: string, env: ReadonlyMap<string, string>, options: ExpanderOptions) {
    this.#source = source;
    this.#env = env;
    this.#options = options;
    this.#rawEscapes = options.rawEscapes ?? false;
  }

  /** The whole text as one word. */
  text(): string {
    return this.#scan().text;
  }

  /** The text split at white space outside quotes, after expansion: a variable may hold several words. */
  words(): readonly string[] {
    return this.#scan().words.finish();
  }

  #peek(): string | undefined {
    return this.#source[this.#at];
  }

  #scan(stop?: string): Scanned {
    let text = "";
    const words = new WordList();
    const add = (part: string, how: "literal" | "split"): void => {
      this.#grow(part.length);
      text += part;
      words.add(part, how);
    };
    while (this.#at < this.#source.length) {
      const char = this.#peek()!;
      if (char === stop) {
        this.#at++;
        return { text, words };
      }
      if (char === "$") add(this.#variable(), "split");
      else if (char === "<") add(this.#angles(), "literal");
      else if (char === "'" && !this.#options.ignoreQuotes) add(this.#singleQuoted(), "literal");
      else if (char === '"' && !this.#options.ignoreQuotes) add(this.#doubleQuoted(), "literal");
      else if (char === this.#options.escape) add(this.#escaped(), "literal");
      else {
        this.#at++;
        add(char, "split");
      }
    }
    if (stop !== undefined) throw syntax(this.#source, `"${stop}" is missing`);
    return { text, words };
  }

  /** Reads to the stop character inside `${…}`. */
  #nested(stop: string, rawEscapes: boolean): string {
    if (++this.#depth > MAX_NESTING) {
      throw new DockerfileError("too-large", `a word may nest ${MAX_NESTING} substitutions`);
    }
    const outer = this.#rawEscapes;
    this.#rawEscapes = rawEscapes;
    const { text } = this.#scan(stop);
    this.#rawEscapes = outer;
    this.#depth--;
    return text;
  }

  #escaped(): string {
    const mark = this.#rawEscapes ? this.#options.escape : "";
    const next = this.#source[this.#at + 1] ?? "";
    this.#at += 2;
    return mark + next;
  }

  /** `<<` swallows the blanks after it, so that `<< EOF` is one word. */
  #angles(): string {
    const start = this.#at++;
    if (this.#peek() !== "<") return "<";
    do this.#at++;
    while (/^[\t\r ]$/.test(this.#peek() ?? ""));
    return this.#source.slice(start, this.#at);
  }

  #singleQuoted(): string {
    const end = this.#source.indexOf("'", this.#at + 1);
    if (end === -1) throw syntax(this.#source, "a single quote is not closed");
    const inner = this.#source.slice(this.#at + 1, end);
    this.#at = end + 1;
    return this.#options.rawQuotes ? `'${inner}'` : inner;
  }

  #doubleQuoted(): string {
    let text = "";
    this.#at++;
    for (;;) {
      const char = this.#peek();
      if (char === undefined) throw syntax(this.#source, "a double quote is not closed");
      if (char === '"') break;
      if (char === "$") {
        const value = this.#variable();
        this.#grow(value.length);
        text += value;
      } else if (char === this.#options.escape) text += this.#escapedInQuotes();
      else {
        text += char;
        this.#at++;
      }
    }
    this.#at++;
    return this.#options.rawQuotes ? `"${text}"` : text;
  }

  /** Between double quotes only `"`, `$` and the escape character can be escaped. */
  #escapedInQuotes(): string {
    const { escape } = this.#options;
    const next = this.#source[this.#at + 1];
    this.#at++;
    if (next !== '"' && next !== "$" && next !== escape) return this.#rawEscapes ? escape + escape : escape;
    this.#at++;
    return this.#rawEscapes ? escape + next : next;
  }

  #name(): string {
    NAME.lastIndex = this.#at;
    const name = NAME.exec(this.#source)?.[0] ?? "";
    this.#at += name.length;
    return name;
  }

  #lookUp(name: string, guarded = false): string | undefined {
    this.#options.onName?.(name, guarded);
    return this.#env.get(name);
  }

  #variable(): string {
    this.#at++;
    if (this.#peek() === "{") return this.#braced();
    const name = this.#name();
    if (name === "") return "$";
    return this.#lookUp(name) ?? (this.#options.keepUnset ? `$${name}` : "");
  }

  /** `${name}` and `${name` with a modifier. */
  #braced(): string {
    const start = this.#at - 1;
    this.#at++;
    if (/^[{}:]?$/.test(this.#peek() ?? "")) throw syntax(this.#source, "bad substitution");
    const name = this.#name();
    const modifier = parseModifier(this.#source, this.#at);
    if (modifier === undefined) throw unsupported(this.#source, start);
    this.#at += modifier.length;
    const operands = modifier.operands.map(({ stop, raw }) => this.#nested(stop, raw));
    const value = this.#lookUp(name, /[-+?]/.test(modifier.text));
    if (value === undefined && this.#options.keepUnset) {
      return `\${${name}${modifier.text}${operands.join("/")}${modifier.operands.length > 0 ? "}" : ""}`;
    }
    return modifier.apply({ name, value, operands });
  }

  #grow(length: number): void {
    this.#size += length;
    if (this.#size > MAX_EXPANDED) {
      throw new DockerfileError(
        "too-large",
        `${quote(this.#source)} expands to more than ${MAX_EXPANDED} characters`,
      );
    }
  }
}

function syntax(source: string, problem: string): DockerfileError {
  return new DockerfileError("expansion", `${quote(source)}: ${problem}`);
}
