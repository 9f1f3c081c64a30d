import { isSpace } from "./space.ts";

/** Collects words. Empty ones, quoted or not, vanish, as in BuildKit. */
export class WordList {
  readonly #words: string[] = [];
  #current = "";

  /** `split`: white space in the part ends the word; `literal`: it belongs to it. */
  add(part: string, how: "literal" | "split"): void {
    if (how === "literal") {
      this.#current += part;
      return;
    }
    for (const char of part) {
      if (isSpace(char)) this.#end();
      else this.#current += char;
    }
  }

  finish(): readonly string[] {
    this.#end();
    return this.#words;
  }

  #end(): void {
    if (this.#current !== "") this.#words.push(this.#current);
    this.#current = "";
  }
}
