import type { EvidenceError } from "../error.ts";

/** A table of somebody else's file, read field by field; each answer is of the type that was asked for. */
export interface Table {
  has(name: string): boolean;
  text(name: string): string | undefined;
  number(name: string): number | undefined;
  flag(name: string): boolean | undefined;
  /** Empty where there is none. */
  texts(name: string): readonly string[];
  table(name: string): Table | undefined;
  /** One table or a list of them. */
  tables(name: string): readonly Table[];
  invalid(name: string, what: string, cause?: unknown): EvidenceError;
}

/** @param at where the table is, `rules[3].`; empty for the file */
export function tableOf(
  value: unknown,
  at: string,
  invalid: (what: string, cause?: unknown) => EvidenceError,
): Table {
  if (!isTable(value)) throw invalid(`${at.replace(/\.$/, "")}: expected a table`);
  const wrong = (name: string, what: string, cause?: unknown): EvidenceError =>
    invalid(`${at}${name}: ${what}`, cause);
  function read<T>(name: string, is: (found: unknown) => found is T, expected: string): T | undefined {
    const found = Object.hasOwn(value as object, name) ? (value as Record<string, unknown>)[name] : undefined;
    if (found === undefined || is(found)) return found;
    throw wrong(name, `expected ${expected}`);
  }
  return {
    has: (name) => Object.hasOwn(value, name),
    text: (name) => read(name, isText, "a text"),
    number: (name) => read(name, isNumber, "a number"),
    flag: (name) => read(name, isFlag, "true or false"),
    texts: (name) => read(name, isTexts, "a list of texts") ?? [],
    table(name) {
      const found = read(name, isTable, "a table");
      return found === undefined ? undefined : tableOf(found, `${at}${name}.`, invalid);
    },
    tables(name) {
      const found = read(name, isAny, "tables") ?? [];
      if (!Array.isArray(found)) return [tableOf(found, `${at}${name}.`, invalid)];
      return found.map((one: unknown, index) => tableOf(one, `${at}${name}[${index}].`, invalid));
    },
    invalid: wrong,
  };
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const isAny = (value: unknown): value is object => typeof value === "object";
const isText = (value: unknown): value is string => typeof value === "string";
const isNumber = (value: unknown): value is number => typeof value === "number" || typeof value === "bigint";
const isFlag = (value: unknown): value is boolean => typeof value === "boolean";
const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isText);
