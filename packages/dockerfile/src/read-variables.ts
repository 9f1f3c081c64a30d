import { DockerfileError } from "./error.ts";
import { requireRest } from "./input.ts";
import type { Input, Reader } from "./input.ts";
import type { ArgInstruction, EnvInstruction, KeyValue, LabelInstruction } from "./instruction.ts";
import { quote } from "./quote.ts";
import { splitWords } from "./words.ts";

export const ARG: Reader<ArgInstruction> = {
  flags: {},
  read(input) {
    const words = splitWords(requireRest(input, "NAME or NAME=VALUE"), input.escape);
    return { ...input.base, kind: "arg", args: words.map(readArg) };
  },
};

function readArg(word: string): { name: string; value: string | undefined } {
  const equals = word.indexOf("=");
  if (equals === 0) throw blankName("ARG", word);
  return equals === -1
    ? { name: word, value: undefined }
    : { name: word.slice(0, equals), value: word.slice(equals + 1) };
}

export const ENV: Reader<EnvInstruction> = {
  flags: {},
  read: (input) => ({ ...input.base, kind: "env", ...readPairs(input) }),
};

export const LABEL: Reader<LabelInstruction> = {
  flags: {},
  read: (input) => ({ ...input.base, kind: "label", ...readPairs(input) }),
};

/** Whether the first word holds a `=` decides between the two syntaxes. */
function readPairs(input: Input): { pairs: readonly KeyValue[]; legacy: boolean } {
  const { keyword, escape } = input;
  const rest = requireRest(input, "NAME=VALUE");
  const words = splitWords(rest, escape);
  if (words[0]?.includes("=")) return { pairs: words.map((word) => readPair(keyword, word)), legacy: false };
  // The old syntax: one name, and the rest of the line as its value.
  const [, key, value] = /^([^\t\v\f\r ]+)[\t\v\f\r ]+(.+)$/s.exec(rest) ?? [];
  if (key !== undefined) return { pairs: [{ key, value: value! }], legacy: true };
  throw new DockerfileError("syntax", `${keyword}: expected NAME=VALUE, found ${quote(rest)}`);
}

function readPair(keyword: string, word: string): KeyValue {
  const equals = word.indexOf("=");
  if (equals === 0) throw blankName(keyword, word);
  if (equals !== -1) return { key: word.slice(0, equals), value: word.slice(equals + 1) };
  throw new DockerfileError("syntax", `${keyword}: expected NAME=VALUE, found ${quote(word)}`, {
    hint: "put a value with spaces in quotes",
  });
}

function blankName(keyword: string, word: string): DockerfileError {
  return new DockerfileError("syntax", `${keyword}: expected a name before "=", found ${quote(word)}`);
}
