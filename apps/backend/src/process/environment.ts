import { readFileSync } from "node:fs";

import { Secret } from "./secret.ts";
import { StartError } from "./start-error.ts";

export type Variables = Readonly<Record<string, string | undefined>>;

interface Range {
  readonly fallback: number;
  readonly min: number;
  readonly max: number;
}

/**
 * Reads typed values out of environment variables and gathers what is wrong, so that one start shows every
 * fault at once. An empty variable counts as absent: that is what Compose passes for an unset one.
 */
export class Environment {
  readonly #variables: Variables;
  readonly #faults: string[] = [];

  constructor(variables: Variables) {
    this.#variables = variables;
  }

  text(name: string): string | undefined {
    return this.#variables[name]?.trim() || undefined;
  }

  integer(name: string, { fallback, min, max }: Range): number {
    const text = this.text(name);
    if (text === undefined) return fallback;
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    return this.#refuse(
      name,
      `expected a whole number from ${min} to ${max}, found ${quote(text)}`,
      fallback,
    );
  }

  choice<const Choice extends string>(name: string, choices: readonly Choice[], fallback: Choice): Choice {
    const text = this.text(name);
    if (text === undefined) return fallback;
    const found = choices.find((choice) => choice === text);
    return (
      found ?? this.#refuse(name, `expected one of ${choices.join(", ")}, found ${quote(text)}`, fallback)
    );
  }

  /** An http(s) address without credentials, query or fragment; no trailing slash. */
  url(name: string, text: string | undefined = this.text(name)): string | undefined {
    if (text === undefined) return undefined;
    const url = URL.parse(text);
    // The value is not shown: an address with a password in it is one of the faults.
    if (!url || !/^https?:$/.test(url.protocol))
      return this.#refuse(name, "expected an http or https URL", undefined);
    if (url.username || url.password)
      return this.#refuse(name, "expected a URL without credentials", undefined);
    if (url.search || url.hash)
      return this.#refuse(name, "expected a URL without query or fragment", undefined);
    return url.href.replace(/\/+$/, "");
  }

  /** The variable itself, or the content of the file that NAME_FILE points to. */
  secret(name: string): Secret | undefined {
    const direct = this.text(name);
    const file = this.text(`${name}_FILE`);
    if (direct !== undefined && file !== undefined) {
      return this.#refuse(name, `expected either ${name} or ${name}_FILE, found both`, undefined);
    }
    if (direct !== undefined) return new Secret(direct);
    if (file === undefined) return undefined;
    try {
      const content = readFileSync(file, "utf8").trim();
      return content ? new Secret(content) : this.#refuse(`${name}_FILE`, "the file is empty", undefined);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
      return this.#refuse(`${name}_FILE`, `cannot read ${quote(file)} (${code})`, undefined);
    }
  }

  refuse(name: string, fault: string): void {
    this.#faults.push(`${name}: ${fault}`);
  }

  /** Throws one StartError with a line per fault. */
  settle(): void {
    if (this.#faults.length > 0) throw new StartError("bad_setting", this.#faults.join("\n"));
  }

  #refuse<Fallback>(name: string, fault: string, fallback: Fallback): Fallback {
    this.refuse(name, fault);
    return fallback;
  }
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}
