import { EvidenceError, type EvidenceErrorCode } from "../error.ts";

/** What foreign JSON is a fault of, and what people call the document. */
interface Document {
  readonly code: EvidenceErrorCode;
  readonly what: string;
}

/**
 * A value of foreign JSON that knows where it stands, so that what is wrong is said by name: `GHSA-…: affected[0].package:
 * expected an object, found 7`. `null` is as good as nothing: Go writes it for what is not set.
 */
export class Foreign {
  readonly #value: unknown;
  readonly #document: Document;
  readonly #parent: Foreign | undefined;
  readonly #key: string;

  constructor(value: unknown, document: Document, parent?: Foreign, key = "") {
    this.#value = value ?? undefined;
    this.#document = document;
    this.#parent = parent;
    this.#key = key;
  }

  /** @throws EvidenceError of the document's code where it is no JSON */
  static parse(text: string, document: Document): Foreign {
    try {
      return new Foreign(JSON.parse(text), document);
    } catch (cause) {
      const { code, what } = document;
      throw new EvidenceError(code, `${what}: expected JSON, found ${show(text.slice(0, 40))}`, { cause });
    }
  }

  /** A field of an object; missing where it has none of that name. */
  field(name: string): Foreign {
    const value = this.#value;
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw this.wrong("an object");
    return this.#inside(
      Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined,
      `.${name}`,
    );
  }

  /** The elements of a list; none where it is missing. */
  list(): readonly Foreign[] {
    if (this.#value === undefined) return [];
    if (!Array.isArray(this.#value)) throw this.wrong("a list");
    return this.#value.map((element: unknown, at) => this.#inside(element, `[${at}]`));
  }

  /** Names and values of an object; none where it is missing. */
  entries(): readonly (readonly [string, Foreign])[] {
    if (this.#value === undefined) return [];
    if (typeof this.#value !== "object" || Array.isArray(this.#value)) throw this.wrong("an object");
    return Object.entries(this.#value as object).map(([name, value]) => [
      name,
      this.#inside(value, `.${name}`),
    ]);
  }

  text(): string {
    if (typeof this.#value !== "string" || this.#value === "") throw this.wrong("a text");
    return this.#value;
  }

  /** As `text`, and it may be empty. */
  anyText(): string {
    if (typeof this.#value !== "string") throw this.wrong("a text");
    return this.#value;
  }

  oneOf<Word extends string>(words: readonly Word[]): Word {
    const word = words.find((known) => known === this.#value);
    if (word === undefined) throw this.wrong(words.join(", "));
    return word;
  }

  /** RFC 3339, as it is written. */
  time(): string {
    const text = this.text();
    if (!/^\d{4}-\d\d-\d\dT/.test(text) || Number.isNaN(Date.parse(text))) throw this.wrong("a time");
    return text;
  }

  number(): number {
    if (typeof this.#value !== "number") throw this.wrong("a number");
    return this.#value;
  }

  flag(): boolean {
    if (typeof this.#value !== "boolean") throw this.wrong("true or false");
    return this.#value;
  }

  /** What `read` makes of it; undefined where it is missing. */
  optional<T>(read: (value: Foreign) => T): T | undefined {
    return this.#value === undefined ? undefined : read(this);
  }

  /** The value itself, for what is neither right nor wrong. */
  get raw(): unknown {
    return this.#value;
  }

  wrong(expected: string): EvidenceError {
    const { code, what } = this.#document;
    const where = this.#path.replace(/^\./, "");
    return new EvidenceError(
      code,
      `${[what, where].filter((part) => part !== "").join(": ")}: expected ${expected}, found ${show(this.#value)}`,
    );
  }

  get #path(): string {
    return `${this.#parent === undefined ? "" : this.#parent.#path}${this.#key}`;
  }

  #inside(value: unknown, key: string): Foreign {
    return new Foreign(value, this.#document, this, key);
  }
}

function show(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
