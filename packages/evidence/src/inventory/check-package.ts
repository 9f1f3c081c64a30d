import type { NamedPackage, OnProblem } from "./cataloger.ts";

const MAX_NAME = 512;
const MAX_VERSION = 256;

/** False, and told, where a name or a version is none: they come from anybody and end up in tables and URLs. */
export function isNamed({ type, name, version }: NamedPackage, onProblem: OnProblem): boolean {
  const wrong = fault("a name", name, MAX_NAME) ?? fault(`a version of ${shown(name)}`, version, MAX_VERSION);
  if (wrong !== undefined) onProblem(`${type} package left out: ${wrong}`);
  return wrong === undefined;
}

function fault(what: string, text: string, max: number): string | undefined {
  if (text === "") return `expected ${what}, found none`;
  if (text.length > max) return `expected ${what} of at most ${max} characters, found ${text.length}`;
  // U+FFFD stands for bytes that were no UTF-8.
  return /[\s\p{Cc}\p{Cs}\uFFFD]/u.test(text) ? `expected ${what}, found ${shown(text)}` : undefined;
}

function shown(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
