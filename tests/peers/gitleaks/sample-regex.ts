/**
 * A text that a regular expression of Go's matches, other with each seed and always the same for one. Knows what
 * gitleaks' rules are written with: groups, flags, classes, counts. Assertions are left to the surroundings.
 */
export function sampleOf(source: string, seed: number): string {
  return new Sampler(source, seed).text();
}

const WORD = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ0123456789";
/** What `.` and what is left of a class that says what may not be. */
const ANY = `${WORD}-_`;
const CLASSES: Readonly<Record<string, string>> = {
  w: WORD,
  d: "0123456789",
  s: " ",
  S: ANY,
  W: "-",
  D: WORD,
};
/** More of a repetition without an end than its beginning and this says nothing new. */
const MORE = 12;

class Sampler {
  readonly #source: string;
  #at = 0;
  #state: number;

  constructor(source: string, seed: number) {
    this.#source = source;
    this.#state = (seed * 2_654_435_761 + 1) >>> 0;
  }

  text(): string {
    const text = this.#choice()();
    if (this.#at < this.#source.length) throw new Error(`${this.#source}: stuck at ${this.#at}`);
    return text;
  }

  /** Mulberry32: enough to look random. */
  #random(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  }

  #eats(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #choice(): () => string {
    const options = [this.#sequence()];
    while (this.#eats("|")) options.push(this.#sequence());
    return () => options[this.#random(options.length)]!();
  }

  #sequence(): () => string {
    const parts: (() => string)[] = [];
    while (this.#at < this.#source.length && !"|)".includes(this.#source[this.#at]!))
      parts.push(this.#counted());
    return () => parts.map((part) => part()).join("");
  }

  #counted(): () => string {
    const part = this.#atom();
    const [least, most] = this.#count();
    return () => Array.from({ length: least + this.#random(most - least + 1) }, part).join("");
  }

  #count(): readonly [number, number] {
    const rest = this.#source.slice(this.#at);
    const [whole = "", sign, low, comma, high] = /^(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/.exec(rest) ?? [];
    this.#at += whole.length;
    if (whole === "") return [1, 1];
    if (sign !== undefined) return { "*": [0, MORE], "+": [1, MORE], "?": [0, 1] }[sign] as [number, number];
    const least = Number(low);
    return [least, comma === "" ? least : high === "" ? least + MORE : Number(high)];
  }

  #atom(): () => string {
    if (this.#eats("(")) return this.#group();
    if (this.#eats("[")) return this.#oneOf(this.#class());
    if (this.#eats("\\")) return this.#escape();
    if (this.#eats("^") || this.#eats("$")) return () => "";
    // Alone it stands for itself: whoever wrote it forgot to say so.
    if (this.#eats(".")) return /^[*+?{]/.test(this.#source.slice(this.#at)) ? this.#oneOf(ANY) : () => ".";
    const literal = this.#source[this.#at++]!;
    return () => literal;
  }

  #group(): () => string {
    const [flags] = /^\?(?:P?<\w+>|[imsU-]*:)/.exec(this.#source.slice(this.#at)) ?? [];
    const [alone] = /^\?[imsU-]+\)/.exec(this.#source.slice(this.#at)) ?? [];
    this.#at += (flags ?? alone ?? "").length;
    if (alone !== undefined) return () => "";
    const inside = this.#choice();
    if (!this.#eats(")")) throw new Error(`${this.#source}: expected ) at ${this.#at}`);
    return inside;
  }

  #oneOf(characters: string): () => string {
    return () => characters[this.#random(characters.length)]!;
  }

  #escape(): () => string {
    const letter = this.#source[this.#at++]!;
    if ("bBAzZ".includes(letter)) return () => "";
    if (letter === "x") {
      const code = Number.parseInt(this.#source.slice(this.#at, (this.#at += 2)), 16);
      return () => String.fromCodePoint(code);
    }
    const known = CLASSES[letter];
    if (known !== undefined) return this.#oneOf(known);
    return () => ({ n: "\n", r: "\r", t: "\t" })[letter] ?? letter;
  }

  #class(): string {
    const isOther = this.#eats("^");
    let all = "";
    while (!this.#eats("]")) {
      if (this.#eats("\\")) {
        const letter = this.#source[this.#at++]!;
        if (letter === "x")
          all += String.fromCodePoint(Number.parseInt(this.#source.slice(this.#at, (this.#at += 2)), 16));
        else all += CLASSES[letter] ?? ({ n: "", r: "", t: " " } as Record<string, string>)[letter] ?? letter;
        continue;
      }
      const from = this.#source[this.#at++]!;
      const [, to] = /^-([^\]\\])/.exec(this.#source.slice(this.#at)) ?? [];
      if (to === undefined) all += from;
      else {
        this.#at += 2;
        for (let code = from.codePointAt(0)!; code <= to.codePointAt(0)!; code += 1)
          all += String.fromCodePoint(code);
      }
    }
    return isOther
      ? ANY.split("")
          .filter((character) => !all.includes(character))
          .join("")
      : all;
  }
}
