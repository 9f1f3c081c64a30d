import type { NamedPackage, OnProblem } from "./cataloger.ts";

const MAX_NAME = 512;
const MAX_VERSION = 256;

/** Of one kind in one image, in all versions of its files; more is no image but an attack. */
const MAX_PACKAGES = 200_000;

/** Keeps packages that have a name and a version, which come from anybody and end up in tables and URLs. */
export function keepNamed(): <Found extends NamedPackage>(
  found: Iterable<Found>,
  onProblem: OnProblem,
) => readonly Found[] {
  let left = MAX_PACKAGES;
  return (found, onProblem) => {
    const kept = [];
    for (const each of found) {
      if (--left < 0) {
        onProblem(`names more packages than are counted, ${MAX_PACKAGES}; the rest is not`);
        break;
      }
      const wrong = faultOf(each);
      if (wrong === undefined) kept.push(each);
      else onProblem(`${each.type} package left out: ${wrong}`);
    }
    return kept;
  };
}

function faultOf({ name, version }: NamedPackage): string | undefined {
  return fault("a name", name, MAX_NAME) ?? fault(`a version of ${shown(name)}`, version, MAX_VERSION);
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
