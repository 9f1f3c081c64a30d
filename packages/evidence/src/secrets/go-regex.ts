/** A regex that JavaScript has nothing like; the message says what. */
export class UnsupportedRegex extends Error {}

interface Group {
  /** Case does not matter; `^` and `$` are of lines; `.` is also a line's end. */
  readonly i: boolean;
  readonly m: boolean;
  readonly s: boolean;
  /** A group of ours that stands for `(?i)` in the middle of theirs: ends with it, and at each `|`. */
  readonly inserted: boolean;
}

/**
 * A Go regex (RE2 syntax, https://github.com/google/re2/wiki/Syntax) as one of JavaScript's. Its semantics are those of
 * backtracking: the same leftmost match, but without RE2's promise of linear time.
 * @throws UnsupportedRegex
 */
export function goRegex(source: string, flags: "" | "g"): RegExp {
  const translation = new Translation(source);
  const { text, unicode } = translation.run();
  try {
    return new RegExp(text, unicode ? `${flags}u` : flags);
  } catch {
    throw new UnsupportedRegex("is no regex");
  }
}

class Translation {
  readonly #source: string;
  #at = 0;
  #out = "";
  #unicode = false;
  #groups: Group[] = [{ i: false, m: false, s: false, inserted: false }];

  constructor(source: string) {
    this.#source = source;
  }

  run(): { readonly text: string; readonly unicode: boolean } {
    while (this.#at < this.#source.length) this.#step();
    this.#closeInserted();
    return { text: this.#out, unicode: this.#unicode };
  }

  #step(): void {
    const character = this.#source[this.#at]!;
    if (character === "\\") this.#escape();
    else if (character === "[") this.#class();
    else if (character === "(") this.#open();
    else if (character === ")") this.#close();
    else if (character === "|") this.#alternative();
    else if (character === ".") this.#put(this.#top.s ? "[\\s\\S]" : "[^\\n]", 1);
    else if (character === "{") this.#brace();
    else if (character === "}" || character === "]") this.#put(`\\${character}`, 1);
    else this.#put(character, 1);
  }

  get #top(): Group {
    return this.#groups.at(-1)!;
  }

  #put(text: string, length: number): void {
    this.#out += text;
    this.#at += length;
  }

  #rest(pattern: RegExp): RegExpExecArray | null {
    const sticky = new RegExp(pattern.source, "y");
    sticky.lastIndex = this.#at;
    return sticky.exec(this.#source);
  }

  #brace(): void {
    const repeat = this.#rest(/\{\d+(?:,\d*)?\}/)?.[0];
    this.#put(repeat ?? "\\{", repeat?.length ?? 1);
  }

  #open(): void {
    const named = this.#rest(/\(\?P?<([A-Za-z_]\w*)>/);
    const flagged = this.#rest(/\(\?([a-zA-Z]*)(?:-([a-zA-Z]+))?([:)])/);
    if (named !== null) {
      this.#groups.push({ ...this.#top, inserted: false });
      this.#put(`(?<${named[1]}>`, named[0].length);
    } else if (flagged !== null) {
      const [whole, on = "", off = "", end] = flagged;
      this.#at += whole.length;
      this.#flags(on, off, end === ")");
    } else if (this.#rest(/\(\?/) === null) {
      this.#groups.push({ ...this.#top, inserted: false });
      this.#put("(", 1);
    } else throw new UnsupportedRegex(`${this.#rest(/\(\?.{0,2}/)?.[0]} is none of RE2's groups`);
  }

  #flags(on: string, off: string, inserted: boolean): void {
    const unknown = /[^ims]/.exec(on + off)?.[0];
    if (unknown !== undefined) throw new UnsupportedRegex(`flag ${unknown} is not supported`);
    const has = (flag: "i" | "m" | "s"): boolean =>
      !off.includes(flag) && (on.includes(flag) || this.#top[flag]);
    const group = { i: has("i"), m: has("m"), s: has("s"), inserted };
    this.#groups.push(group);
    this.#out += head(group);
  }

  #close(): void {
    this.#closeInserted();
    if (this.#groups.length === 1) throw new UnsupportedRegex("has a ) too many");
    this.#groups.pop();
    this.#put(")", 1);
  }

  #closeInserted(): void {
    for (; this.#top.inserted; this.#groups.pop()) this.#out += ")";
  }

  /** In `a(?i)b|c` the flag is also c's, but the group that stands for it must not take `a` apart from `b`. */
  #alternative(): void {
    const inserted = this.#groups.splice(this.#groups.findLastIndex((group) => !group.inserted) + 1);
    this.#put(`${")".repeat(inserted.length)}|${inserted.map(head).join("")}`, 1);
    this.#groups.push(...inserted);
  }

  #escape(): void {
    const quoted = this.#rest(/\\Q([\s\S]*?)(?:\\E|$)/);
    if (quoted !== null) {
      this.#put(quoted[1]!.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`), quoted[0].length);
    } else if (this.#rest(/\\z/) !== null) this.#put("(?![\\s\\S])", 2);
    else if (this.#rest(/\\A/) !== null) this.#put("(?<![\\s\\S])", 2);
    else this.#common();
  }

  /** What is an escape inside and outside of classes. */
  #common(): void {
    const known = this.#rest(/\\(?:[dDwWsSbBfnrtv]|x[0-9a-fA-F]{2})/)?.[0];
    const point = this.#rest(/\\x\{([0-9a-fA-F]{1,6})\}/);
    const property = this.#rest(/\\([pP])(?:\{(\^?)(\w+)\}|([A-Z]))/);
    const literal = this.#rest(/\\([^0-9A-Za-z])/);
    if (known !== undefined) this.#put(known, known.length);
    else if (point !== null) this.#put(this.#needUnicode(`\\u{${point[1]}}`), point[0].length);
    else if (property !== null) this.#property(property);
    else if (literal !== null) this.#put(literalOf(literal[1]!), 2);
    else if (this.#rest(/\\a/) !== null) this.#put("\\x07", 2);
    else throw new UnsupportedRegex(`${this.#rest(/\\.?/)?.[0]} is not supported`);
  }

  #property([whole, kind, not, long, short]: RegExpExecArray): void {
    const negated = (kind === "P") !== (not === "^");
    const name = short ?? long!;
    const value = name.length <= 2 ? name : `Script=${name}`;
    this.#put(this.#needUnicode(`\\${negated ? "P" : "p"}{${value}}`), whole.length);
  }

  #needUnicode(text: string): string {
    this.#unicode = true;
    return text;
  }

  #class(): void {
    const [start] = this.#rest(/\[\^?\]?/)!;
    this.#put(start.replace(/\]$/, "\\]"), start.length);
    while (this.#rest(/\]/) === null) this.#member();
    this.#put("]", 1);
  }

  #member(): void {
    const posix = this.#rest(/\[:(\^?)(\w+):\]/);
    const character = this.#source[this.#at];
    if (character === undefined) throw new UnsupportedRegex("has a [ without its ]");
    if (posix !== null) {
      const members = POSIX[posix[2]!];
      if (members === undefined || posix[1] === "^")
        throw new UnsupportedRegex(`${posix[0]} is not supported`);
      this.#put(members, posix[0].length);
    } else if (character === "[") this.#put("\\[", 1);
    else if (character === "\\") this.#common();
    else this.#put(character, 1);
  }
}

function head({ i, m }: Group): string {
  const [on, off] = [`${i ? "i" : ""}${m ? "m" : ""}`, `${i ? "" : "i"}${m ? "" : "m"}`];
  return off === "" ? `(?${on}:` : `(?${on}-${off}:`;
}

/** Escaped where it means something; other escapes are errors to a regex with flag u. */
function literalOf(character: string): string {
  return /[\\^$.*+?()[\]{}|/-]/.test(character) ? (DASH[character] ?? `\\${character}`) : character;
}

const DASH: Readonly<Record<string, string>> = { "-": "\\x2d" };

const POSIX: Readonly<Record<string, string>> = {
  alnum: "0-9A-Za-z",
  alpha: "A-Za-z",
  ascii: "\\x00-\\x7f",
  blank: "\\t ",
  cntrl: "\\x00-\\x1f\\x7f",
  digit: "0-9",
  graph: "!-~",
  lower: "a-z",
  print: " -~",
  punct: "!-\\/:-@\\[-`{-~",
  space: "\\t\\n\\v\\f\\r ",
  upper: "A-Z",
  word: "\\w",
  xdigit: "0-9A-Fa-f",
};
