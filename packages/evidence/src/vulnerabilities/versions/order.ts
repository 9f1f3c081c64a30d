/**
 * How an ecosystem orders its versions. Advisories speak in this order, so a wrong one lets a vulnerable package pass.
 * It is total over what `parse` takes.
 */
export interface VersionOrder<Version = unknown> {
  /** Undefined where the text is no version of the ecosystem: then nothing can be said about it. */
  parse(text: string): Version | undefined;
  /** Negative, zero or positive, as `Array.sort` wants it. */
  compare(a: Version, b: Version): number;
}

/** Package managers write tens of characters. What is longer wants to keep a parser busy. */
const LONGEST = 512;

/** The order, for texts of bounded length. */
export function bounded<Version>(order: VersionOrder<Version>): VersionOrder<Version> {
  return { ...order, parse: (text) => (text.length > LONGEST ? undefined : order.parse(text)) };
}

/** Two runs of decimal digits by their value, however long they are. */
export function compareDigits(a: string, b: string): number {
  const [left, right] = [withoutZeros(a), withoutZeros(b)];
  return left.length === right.length ? compareText(left, right) : left.length - right.length;
}

/** By code unit: what a locale thinks of letters has no place in an order of versions. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function withoutZeros(digits: string): string {
  let at = 0;
  while (digits[at] === "0") at++;
  return digits.slice(at);
}
