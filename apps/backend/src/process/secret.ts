import { inspect } from "node:util";

const redacted = "[redacted]";

/** A value that prints as "[redacted]" everywhere; only reveal() opens it. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  /** Replaces the secret wherever it occurs in text that came from somewhere else. */
  scrub(text: string): string {
    return this.#value === "" ? text : text.replaceAll(this.#value, redacted);
  }

  toString(): string {
    return redacted;
  }

  toJSON(): string {
    return redacted;
  }

  [inspect.custom](): string {
    return redacted;
  }
}
