import { DockerfileError } from "./error.ts";
import { quote } from "./quote.ts";

/** The permission bits a file or directory gets, from those it had. */
export type Chmod = (mode: number, isDirectory: boolean) => number;

const MAX_MODE = 0o7777;
const CLAUSE = /^([ugoa]*)((?:[-+=](?:[rwxXst]*|[ugo]))+)$/;
const ACTION = /([-+=])([rwxXst]*|[ugo])/g;

/** Bits of user, group and others; setuid, setgid and the sticky bit go with them. */
const WHO: Readonly<Record<string, number>> = { u: 0o4700, g: 0o2070, o: 0o1007 };
const PERMISSIONS: Readonly<Record<string, number>> = { r: 0o444, w: 0o222, x: 0o111, s: 0o6000, t: 0o1000 };

interface Action {
  readonly operator: string;
  readonly what: string;
  readonly who: number;
}

/**
 * The value of `--chmod`: octal (`755`) or symbolic (`u=rwX,go=rX`, `+x`, `g=u`) as in chmod(1).
 * Without `u`, `g`, `o` or `a` everybody is meant; a umask plays no part.
 */
export function parseChmod(text: string): Chmod {
  if (/^\d+$/.test(text)) return fixedMode(text);
  const actions = text.split(",").flatMap((clause) => parseClause(clause, text));
  return (mode, isDirectory) =>
    actions.reduce((bits, action) => apply(action, bits, isDirectory), mode & MAX_MODE);
}

function fixedMode(text: string): Chmod {
  const mode = Number.parseInt(text, 8);
  if (/^[0-7]{1,10}$/.test(text) && mode <= MAX_MODE) return () => mode;
  throw new DockerfileError(
    "invalid-value",
    `chmod: expected an octal mode up to 7777, found ${quote(text)}`,
  );
}

function parseClause(clause: string, text: string): readonly Action[] {
  const match = clause.length > 64 ? null : CLAUSE.exec(clause);
  if (match === null) {
    throw new DockerfileError("invalid-value", `chmod: expected a mode, found ${quote(text)}`, {
      hint: 'write it as "755" or "u=rwX,go=rX"',
    });
  }
  const named = Array.from(match[1]!).map((letter) => (letter === "a" ? MAX_MODE : WHO[letter]!));
  const who = named.length === 0 ? MAX_MODE : named.reduce((a, b) => a | b);
  return [...match[2]!.matchAll(ACTION)].map(([, operator, what]) => ({
    operator: operator!,
    what: what!,
    who,
  }));
}

function apply({ operator, what, who }: Action, mode: number, isDirectory: boolean): number {
  const bits = bitsOf(what, mode, isDirectory) & who;
  if (operator === "+") return mode | bits;
  if (operator === "-") return mode & ~bits;
  return (mode & ~who) | bits;
}

function bitsOf(what: string, mode: number, isDirectory: boolean): number {
  if (what === "u") return ((mode >> 6) & 7) * 0o111;
  if (what === "g") return ((mode >> 3) & 7) * 0o111;
  if (what === "o") return (mode & 7) * 0o111;
  let bits = 0;
  for (const letter of what) {
    // `X`: only where somebody may already execute it, or it is a directory.
    if (letter === "X") bits |= isDirectory || (mode & 0o111) !== 0 ? 0o111 : 0;
    else bits |= PERMISSIONS[letter]!;
  }
  return bits;
}
