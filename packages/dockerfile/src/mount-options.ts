import { DockerfileError } from "./error.ts";
import type { Mount } from "./mount.ts";
import { cleanPath } from "./path.ts";
import { quote } from "./quote.ts";
import { parseSize } from "./size.ts";
import { didYouMean } from "./suggest.ts";

const TYPES: readonly Mount["type"][] = ["bind", "cache", "tmpfs", "secret", "ssh"];

const ALIASES: Readonly<Record<string, string>> = {
  src: "source",
  dst: "target",
  destination: "target",
  ro: "readonly",
  rw: "readwrite",
};

const NAMES: readonly string[] = (
  "type target dst destination source src from id sharing size mode " +
  "uid gid readonly ro readwrite rw required env"
).split(" ");

/** May stand alone: `ro` means `ro=true`. */
const SWITCHES: readonly string[] = ["readonly", "readwrite", "required"];

/** The `key=value` options of one mount, under their long names. */
export class MountOptions {
  readonly type: Mount["type"];
  readonly #values = new Map<string, string>();
  /** Values that hold a variable not yet replaced. */
  readonly #open = new Set<string>();

  constructor(fields: readonly string[], expand: ((word: string) => string) | undefined) {
    for (const field of fields) {
      const [name, value] = splitOption(field);
      if (expand === undefined && value?.includes("$")) {
        if (name === "from") throw variableInFrom(value);
        this.#open.add(name);
      }
      this.#values.set(name, value === undefined ? "true" : (expand?.(value) ?? value));
    }
    this.type = this.choice("type", TYPES) ?? "bind";
  }

  /** Refuses options this type of mount does not have. */
  allow(...names: readonly string[]): void {
    // The type may still be a variable: then nothing is known about the others.
    if (this.#open.has("type")) return;
    for (const name of this.#values.keys()) {
      if (name === "type" || names.includes(name)) continue;
      throw new DockerfileError("unknown-option", `${this.type} mount: has no option ${name}`, {
        hint: `its options are ${names.join(", ")}`,
      });
    }
  }

  text(name: string): string | undefined {
    return this.#values.get(name) || undefined;
  }

  /** The target; the working directory where it is absent. It must not be the root. */
  path(): string {
    const target = this.text("target") ?? ".";
    if (cleanPath(target) !== "/") return target;
    throw this.#invalid(`target: expected a directory below /, found ${quote(target)}`);
  }

  boolean(name: string): boolean | undefined {
    const value = this.#closed(name);
    if (value === undefined) return undefined;
    if (/^(1|t|true)$/i.test(value)) return true;
    if (/^(0|f|false)$/i.test(value)) return false;
    throw this.#invalid(`${name}: expected true or false, found ${quote(value)}`);
  }

  readonly(byDefault: boolean): boolean {
    const writable = this.boolean("readwrite");
    return this.boolean("readonly") ?? (writable === undefined ? byDefault : !writable);
  }

  choice<T extends string>(name: string, choices: readonly T[]): T | undefined {
    const value = this.#closed(name);
    if (value === undefined) return undefined;
    const found = choices.find((choice) => choice === value.toLowerCase());
    if (found !== undefined) return found;
    throw new DockerfileError(
      "unknown-option",
      `mount ${name}: expected ${choices.join(", ")}, found ${quote(value)}${didYouMean(value, choices)}`,
    );
  }

  size(): number | undefined {
    const value = this.#closed("size");
    return value === undefined ? undefined : parseSize(value);
  }

  owner(): { mode: number | undefined; uid: number | undefined; gid: number | undefined } {
    return {
      mode: this.#number("mode", /^[0-7]{1,11}$/, 8),
      uid: this.#number("uid", /^\d{1,10}$/, 10),
      gid: this.#number("gid", /^\d{1,10}$/, 10),
    };
  }

  #number(name: string, form: RegExp, radix: 8 | 10): number | undefined {
    const value = this.#closed(name);
    if (value === undefined) return undefined;
    const number = Number.parseInt(value, radix);
    if (form.test(value) && number <= (radix === 8 ? 0o7777 : 0xffff_ffff)) return number;
    const expected = radix === 8 ? "an octal number up to 7777" : "a number";
    throw this.#invalid(`${name}: expected ${expected}, found ${quote(value)}`);
  }

  /** The value, unless a variable in it has yet to be replaced. */
  #closed(name: string): string | undefined {
    return this.#open.has(name) ? undefined : this.#values.get(name);
  }

  #invalid(reason: string): DockerfileError {
    return new DockerfileError("invalid-value", `${this.type} mount: ${reason}`);
  }
}

function splitOption(field: string): [name: string, value: string | undefined] {
  const equals = field.indexOf("=");
  const written = (equals === -1 ? field : field.slice(0, equals)).toLowerCase();
  if (!NAMES.includes(written)) {
    throw new DockerfileError(
      "unknown-option",
      `mount: unknown option ${quote(written)}${didYouMean(written, NAMES)}`,
      {
        hint: "the options are type, target, source, from, id, sharing, size, mode, uid, gid, ro, rw, required, env",
      },
    );
  }
  const name = ALIASES[written] ?? written;
  if (equals !== -1) return [name, field.slice(equals + 1)];
  if (SWITCHES.includes(name)) return [name, undefined];
  throw new DockerfileError("invalid-value", `mount option ${written}: expected a value`, {
    hint: `write it as ${written}=VALUE`,
  });
}

function variableInFrom(value: string): DockerfileError {
  return new DockerfileError(
    "invalid-value",
    `mount from: variables are not expanded here, found ${quote(value)}`,
    {
      hint: "add a stage, FROM with the variable AS name, and mount from that name",
    },
  );
}
