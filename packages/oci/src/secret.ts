import { inspect } from "node:util";

const REDACTED = "[redacted]";

/**
 * A value that prints as `[redacted]` wherever it is printed: in a string, in JSON, in `console.log` and in an error.
 * `reveal()` is the one way to the text, so that a search for it finds every place a secret is used.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}
