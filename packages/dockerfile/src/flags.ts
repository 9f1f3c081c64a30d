import type { Escape } from "./dockerfile.ts";
import { DockerfileError } from "./error.ts";
import { quote } from "./quote.ts";
import type { Range } from "./range.ts";
import { isSpace } from "./space.ts";
import { nearest } from "./suggest.ts";

/** One `--name` or `--name=value` as it stands before the arguments, quotes and escapes removed. */
export interface RawFlag {
  readonly text: string;
  /** Offsets in the text that was scanned. */
  readonly start: number;
  readonly end: number;
}

/** The flags at the start of a text, and where the arguments begin. A bare `--` ends the flags. */
export function scanFlags(text: string, escape: Escape): { flags: readonly RawFlag[]; end: number } {
  const flags: RawFlag[] = [];
  let at = 0;
  for (;;) {
    while (at < text.length && isSpace(text[at]!)) at++;
    if (!text.startsWith("--", at)) return { flags, end: at };
    const flag = scanFlag(text, at, escape);
    at = flag.end;
    if (flag.text === "--") return { flags, end: at };
    flags.push(flag);
  }
}

function scanFlag(text: string, start: number, escape: Escape): RawFlag {
  let value = "";
  let quoted: string | undefined;
  let at = start;
  for (; at < text.length; at++) {
    const char = text[at]!;
    if (char === escape) {
      // The escape character protects the next one inside both kinds of quotes, unlike in words.
      value += text[++at] ?? "";
    } else if (quoted !== undefined) {
      if (char === quoted) quoted = undefined;
      else value += char;
    } else if (isSpace(char)) {
      break;
    } else if (char === "'" || char === '"') {
      quoted = char;
    } else {
      value += char;
    }
  }
  return { text: value, start, end: Math.min(at, text.length) };
}

export type FlagKind = "boolean" | "string" | "list";

interface FlagValue {
  readonly value: string;
  readonly range: Range;
}

/** The flags of one instruction, checked against those it knows. */
export class Flags {
  readonly #values = new Map<string, FlagValue[]>();

  /** @param place where a flag stands in the file */
  constructor(
    keyword: string,
    flags: readonly RawFlag[],
    known: Readonly<Record<string, FlagKind>>,
    place: (flag: RawFlag) => Range,
  ) {
    for (const flag of flags) {
      const range = place(flag);
      const [name, value] = checkFlag(keyword, flag.text, known, range);
      const before = this.#values.get(name);
      if (before === undefined) {
        this.#values.set(name, [{ value, range }]);
      } else if (known[name] === "list") {
        before.push({ value, range });
      } else {
        throw new DockerfileError("syntax", `${keyword} --${name}: given twice`, { range });
      }
    }
  }

  /** Undefined where the flag is absent. */
  boolean(name: string): boolean | undefined {
    const value = this.#values.get(name)?.[0]!.value;
    return value === undefined ? undefined : value === "true";
  }

  /** Undefined where the flag is absent or empty. */
  string(name: string): string | undefined {
    return this.#values.get(name)?.[0]!.value || undefined;
  }

  list(name: string): readonly FlagValue[] {
    return this.#values.get(name) ?? [];
  }

  /** The place of a flag that was given. */
  range(name: string): Range | undefined {
    return this.#values.get(name)?.[0]!.range;
  }
}

function checkFlag(
  keyword: string,
  text: string,
  known: Readonly<Record<string, FlagKind>>,
  range: Range,
): [name: string, value: string] {
  const [, name, equals, value] = /^--([^=]*)(=?)(.*)$/s.exec(text)! as unknown as string[];
  const kind = Object.hasOwn(known, name!) ? known[name!] : undefined;
  if (kind === undefined) throw unknownFlag(keyword, name!, Object.keys(known), range);
  if (kind === "boolean") {
    const word = equals === "" ? "true" : value!.toLowerCase();
    if (word === "true" || word === "false") return [name!, word];
    throw new DockerfileError(
      "invalid-value",
      `${keyword} --${name}: expected true or false, found ${quote(value!)}`,
      { range },
    );
  }
  if (equals === "") {
    throw new DockerfileError("invalid-value", `${keyword} --${name}: expected a value`, {
      range,
      hint: `write it as --${name}=VALUE, without a space`,
    });
  }
  return [name!, value!];
}

function unknownFlag(keyword: string, name: string, known: readonly string[], range: Range): DockerfileError {
  const near = nearest(name, known);
  const suggestion = near === undefined ? "" : `; did you mean --${near}?`;
  const hint =
    known.length === 0
      ? `${keyword} takes no flags`
      : `the flags of ${keyword} are ${known.map((flag) => `--${flag}`).join(", ")}`;
  return new DockerfileError("unknown-flag", `${keyword}: unknown flag ${quote(`--${name}`)}${suggestion}`, {
    range,
    hint,
  });
}
