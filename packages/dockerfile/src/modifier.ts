import { DockerfileError } from "./error.ts";
import { parseGlob, removePrefix, removeSuffix, replace } from "./glob.ts";
import { quote } from "./quote.ts";

/** What follows the name in `${name…}`. */
interface Modifier {
  readonly text: string;
  /** Characters of it in the source, before the operands. */
  readonly length: number;
  /** The texts it takes, each up to a character; `raw` ones keep their escapes for the pattern. */
  readonly operands: readonly { readonly stop: string; readonly raw: boolean }[];
  apply(use: Use): string;
}

interface Use {
  readonly name: string;
  /** Undefined where the variable is unset. */
  readonly value: string | undefined;
  readonly operands: readonly string[];
}

const WORD = [{ stop: "}", raw: false }];
const PATTERN = [{ stop: "}", raw: true }];
const PATTERN_AND_TEXT = [
  { stop: "/", raw: true },
  { stop: "}", raw: true },
];

const APPLY: Readonly<Record<string, Pick<Modifier, "operands" | "apply">>> = {
  "}": { operands: [], apply: ({ value = "" }) => value },
  "-": { operands: WORD, apply: ({ value, operands: [word] }) => value ?? word! },
  ":-": { operands: WORD, apply: ({ value, operands: [word] }) => value || word! },
  "+": { operands: WORD, apply: ({ value, operands: [word] }) => (value === undefined ? "" : word!) },
  ":+": { operands: WORD, apply: ({ value, operands: [word] }) => (value ? word! : "") },
  "?": { operands: WORD, apply: (use) => use.value ?? refuse(use, "is not set") },
  ":?": { operands: WORD, apply: (use) => use.value || refuse(use, "is not set, or empty") },
  "#": { operands: PATTERN, apply: (use) => removePrefix(...patternOf(use), "shortest") },
  "##": { operands: PATTERN, apply: (use) => removePrefix(...patternOf(use), "longest") },
  "%": { operands: PATTERN, apply: (use) => removeSuffix(...patternOf(use), "shortest") },
  "%%": { operands: PATTERN, apply: (use) => removeSuffix(...patternOf(use), "longest") },
  "/": { operands: PATTERN_AND_TEXT, apply: (use) => replace(...patternOf(use), use.operands[1]!, "first") },
  "//": { operands: PATTERN_AND_TEXT, apply: (use) => replace(...patternOf(use), use.operands[1]!, "all") },
};

const MODIFIER = /\}|:?[-+?]|##?|%%?|\/\/?/y;

export function parseModifier(source: string, at: number): Modifier | undefined {
  MODIFIER.lastIndex = at;
  const text = MODIFIER.exec(source)?.[0];
  return text === undefined ? undefined : { text, length: text.length, ...APPLY[text]! };
}

export function unsupported(source: string, start: number): DockerfileError {
  const end = source.indexOf("}", start);
  const found = end === -1 ? source.slice(start) : source.slice(start, end + 1);
  const problem = end === -1 ? '"}" is missing' : "unsupported substitution";
  return new DockerfileError("expansion", `${quote(found)}: ${problem}`, {
    hint: "the forms are ${name}, ${name:-word}, ${name:+word}, ${name:?word}, ${name#pattern}, ${name%pattern}, ${name/pattern/text}",
  });
}

function refuse({ name, operands: [word] }: Use, problem: string): never {
  throw new DockerfileError("expansion", word === "" ? `$${name} ${problem}` : `${name}: ${word}`);
}

function patternOf({
  value = "",
  operands: [pattern],
}: Use): [value: string, pattern: ReturnType<typeof parseGlob>] {
  return [value, parseGlob(pattern!)];
}
