import { type VersionOrder, compareDigits, compareText } from "./order.ts";

type Item =
  | { readonly kind: "number"; readonly digits: string }
  | { readonly kind: "word"; readonly word: string }
  | { readonly kind: "list"; readonly items: readonly Item[] };

/** Those before the empty one come before the release; words that are not listed come after all of them. */
const QUALIFIERS = ["alpha", "beta", "milestone", "rc", "snapshot", "", "sp"];
const SAME: Readonly<Record<string, string>> = { ga: "", final: "", release: "", cr: "rc" };
/** Only where a number follows: `1-a1` is an alpha, `1-a` is not. */
const SHORT: Readonly<Record<string, string>> = { a: "alpha", b: "beta", m: "milestone" };

/** Maven, as `org.apache.maven.artifact.versioning.ComparableVersion` does. */
export const mavenOrder: VersionOrder<Item> = {
  parse: (text) =>
    /^[0-9a-z][!-~]*$/i.test(text.trim()) ? parseVersion(text.trim().toLowerCase()) : undefined,
  compare: (a, b) => compareItems(a, b),
};

/** A dot goes on in the list. A hyphen, and a step between letters and digits, go on in a list inside of it. */
function parseVersion(text: string): Item {
  const lists: Item[][] = [[]];
  for (const { 0: whole, 1: run = "", 2: separator, index } of text.matchAll(/(\d+|[^\d.-]+|)([.-]|)/g)) {
    const end = index + whole.length === text.length;
    if (whole === "") break;
    lists.at(-1)!.push(parseItem(run, separator === "" && !end));
    if (separator !== "." && !(separator === "" && end)) lists.push([]);
  }
  return lists.reduceRight<Item>(
    (inner, items) => ({ kind: "list", items: withoutNothings([...items, inner]) }),
    { kind: "list", items: [] },
  );
}

function parseItem(run: string, digitFollows: boolean): Item {
  if (run === "" || /^\d/.test(run)) return { kind: "number", digits: run.replace(/^0+/, "") };
  const long = digitFollows && Object.hasOwn(SHORT, run) ? SHORT[run]! : run;
  return { kind: "word", word: Object.hasOwn(SAME, long) ? SAME[long]! : long };
}

/** `1.0.0` is `1` and `1-ga` is `1`: what says nothing goes from the end, also where only a list follows it. */
function withoutNothings(items: readonly Item[]): readonly Item[] {
  const last = items.findLastIndex((item) => item.kind !== "list" && !isNothing(item));
  return [...items.slice(0, last + 1), ...items.slice(last + 1).filter((item) => !isNothing(item))];
}

function isNothing(item: Item): boolean {
  switch (item.kind) {
    case "number":
      return item.digits === "";
    case "word":
      return item.word === "";
    case "list":
      return item.items.length === 0;
  }
}

/** A missing item is what the other is compared with where its version has ended. */
function compareItems(a: Item | undefined, b: Item | undefined): number {
  if (a === undefined) return b === undefined ? 0 : -compareWithEnd(b);
  if (b === undefined) return compareWithEnd(a);
  if (a.kind === "number" && b.kind === "number") return compareDigits(a.digits, b.digits);
  if (a.kind === "word" && b.kind === "word") return compareWords(a.word, b.word);
  if (a.kind === "list" && b.kind === "list") return compareLists(a.items, b.items);
  return rank(a) - rank(b);
}

function compareLists(a: readonly Item[], b: readonly Item[]): number {
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const difference = compareItems(a[at], b[at]);
    if (difference !== 0) return difference;
  }
  return 0;
}

function compareWithEnd(item: Item): number {
  switch (item.kind) {
    case "number":
      return isNothing(item) ? 0 : 1;
    case "word":
      return compareWords(item.word, "");
    case "list":
      return compareLists(item.items, []);
  }
}

function compareWords(a: string, b: string): number {
  const [left, right] = [QUALIFIERS.indexOf(a), QUALIFIERS.indexOf(b)];
  if (left === -1 && right === -1) return compareText(a, b);
  return (left === -1 ? QUALIFIERS.length : left) - (right === -1 ? QUALIFIERS.length : right);
}

/** `1.word` < `1-1` < `1.1`. */
function rank({ kind }: Item): number {
  return ["word", "list", "number"].indexOf(kind);
}
