import { type VersionOrder, compareDigits } from "./order.ts";

export interface DebianVersion {
  readonly epoch: string;
  readonly upstream: string;
  readonly revision: string;
}

/** deb-version(7): a colon is part of the upstream version only where there is an epoch. */
const SHAPE = /^(?:(\d+):|(?!.*:))([A-Za-z0-9][A-Za-z0-9.+:~-]*)$/;

/** Debian and what is made of it, as `dpkg --compare-versions` does. */
export const dpkgOrder: VersionOrder<DebianVersion> = {
  parse(text) {
    const match = SHAPE.exec(text.trim());
    if (match === null) return undefined;
    const [, epoch = "0", rest = ""] = match;
    const hyphen = rest.lastIndexOf("-");
    // A missing revision is as good as 0.
    if (hyphen === -1) return { epoch, upstream: rest, revision: "" };
    return { epoch, upstream: rest.slice(0, hyphen), revision: rest.slice(hyphen + 1) };
  },
  compare: (a, b) =>
    compareDigits(a.epoch, b.epoch) ||
    comparePart(a.upstream, b.upstream) ||
    comparePart(a.revision, b.revision),
};

/** Runs of other characters and runs of digits by turns, until one differs. */
function comparePart(a: string, b: string): number {
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    while (isOther(a, i) || isOther(b, j)) {
      const difference = weight(a, i) - weight(b, j);
      if (difference !== 0) return difference;
      i++;
      j++;
    }
    const [endA, endB] = [endOfDigits(a, i), endOfDigits(b, j)];
    const difference = compareDigits(a.slice(i, endA), b.slice(j, endB));
    if (difference !== 0) return difference;
    [i, j] = [endA, endB];
  }
  return 0;
}

const isDigit = (character: string): boolean => character >= "0" && character <= "9";

function isOther(text: string, at: number): boolean {
  return at < text.length && !isDigit(text[at]!);
}

/** `~` comes before the end of the text, letters come before everything else. */
function weight(text: string, at: number): number {
  const character = text[at];
  if (character === undefined || isDigit(character)) return 0;
  if (character === "~") return -1;
  return character.charCodeAt(0) + (/[A-Za-z]/.test(character) ? 0 : 256);
}

function endOfDigits(text: string, from: number): number {
  let at = from;
  while (at < text.length && isDigit(text[at]!)) at++;
  return at;
}
