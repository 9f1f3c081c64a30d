import { type VersionOrder, compareDigits, compareText } from "./order.ts";

/** `Gem::Version::VERSION_PATTERN`. */
const SHAPE = /^\d+(?:\.[0-9A-Za-z]+)*(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;

/** RubyGems, as `Gem::Version#<=>` does: a letter anywhere makes it a version before the release. */
export const gemOrder: VersionOrder<readonly string[]> = {
  parse(text) {
    const trimmed = text.trim();
    return SHAPE.test(trimmed) ? canonical(trimmed.replaceAll("-", ".pre.")) : undefined;
  },
  compare(a, b) {
    for (let at = 0; at < Math.max(a.length, b.length); at++) {
      const difference = compareSegments(a[at] ?? "0", b[at] ?? "0");
      if (difference !== 0) return difference;
    }
    return 0;
  },
};

/** Numbers and words, less the zeros that end the numbers before the first word, and those that end the whole. */
function canonical(text: string): readonly string[] {
  const segments = text.match(/\d+|[A-Za-z]+/g) ?? [];
  const word = segments.findIndex((segment) => !isNumber(segment));
  const numbers = word === -1 ? segments : segments.slice(0, word);
  return [...withoutLastZeros(numbers), ...withoutLastZeros(segments.slice(numbers.length))];
}

function withoutLastZeros(segments: readonly string[]): readonly string[] {
  return segments.slice(0, segments.findLastIndex((segment) => !/^0+$/.test(segment)) + 1);
}

function compareSegments(a: string, b: string): number {
  const [left, right] = [isNumber(a), isNumber(b)];
  if (left && right) return compareDigits(a, b);
  if (left !== right) return left ? 1 : -1;
  return compareText(a, b);
}

function isNumber(segment: string): boolean {
  return segment.charCodeAt(0) <= 57;
}
