import { DockerfileError } from "./error.ts";
import { quote } from "./quote.ts";

/** The permission bits a file or directory gets, from those it had. */
export type Chmod = (mode: number, isDirectory: boolean) => number;

const MAX_MODE = 0o7777;
const CLAUSE = /^([ugoa]*)((?:[-+=](?:[ugo]|[rwxXst]*))+)$/;
const ACTION = /([-+=])([ugo]|[rwxXst]*)/g;

const STICKY = 0o1000;
/** Bits of user, group, others and all; setuid and setgid go with the first two. */
const WHO: Readonly<Record<string, number>> = { u: 0o4700, g: 0o2070, o: 0o0007, a: 0o6777 };
const PERMISSIONS: Readonly<Record<string, number>> = { r: 0o444, w: 0o222, x: 0o111, s: 0o6000, t: STICKY };

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
  return (mode, isDirectory) => {
    // `X`: only where somebody could already execute it, or it is a directory.
    const executable = isDirectory || (mode & 0o111) !== 0;
    return actions.reduce((bits, action) => apply(action, bits, executable), mode & MAX_MODE);
  };
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
  const named = Array.from(match[1]! || "a").map((letter) => WHO[letter]!);
  const who = named.reduce((all, bits) => all | bits, 0);
  return [...match[2]!.matchAll(ACTION)].map(([, operator, what]) => {
    // The sticky bit is only touched where it is named, and not for others alone.
    const sticky = what!.includes("t") && who !== WHO["o"] ? STICKY : 0;
    return { operator: operator!, what: what!, who: who | sticky };
  });
}

function apply({ operator, what, who }: Action, mode: number, executable: boolean): number {
  const bits = bitsOf(what, mode, executable || operator === "-") & who;
  if (operator === "+") return mode | bits;
  if (operator === "-") return mode & ~bits;
  return (mode & ~who) | bits;
}

/** @param executable whether `X` counts as `x` */
function bitsOf(what: string, mode: number, executable: boolean): number {
  if (what === "u") return ((mode >> 6) & 7) * 0o111;
  if (what === "g") return ((mode >> 3) & 7) * 0o111;
  if (what === "o") return (mode & 7) * 0o111;
  const letters = Array.from(what).map((letter) => (letter === "X" && executable ? "x" : letter));
  return letters.reduce((bits, letter) => bits | (PERMISSIONS[letter] ?? 0), 0);
}
