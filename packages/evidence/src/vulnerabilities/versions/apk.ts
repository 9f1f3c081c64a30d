import { type VersionOrder, compareDigits, compareText } from "./order.ts";

/** In the order of apk: where two versions first differ in kind, the earlier kind is the newer version. */
const KINDS = ["first", "number", "letter", "suffix", "suffix-number", "commit", "revision", "end"] as const;

interface Part {
  readonly kind: (typeof KINDS)[number];
  readonly text: string;
}

/** Those before the empty one come before the release itself. */
const SUFFIXES = ["alpha", "beta", "pre", "rc", "", "cvs", "svn", "git", "hg", "p"];

/** apk-version(8): digits{.digits}{letter}{_suffix{digits}}{~commit}{-r#}. */
const SHAPE =
  /^(\d+)((?:\.\d+)*)([a-z]?)((?:_(?:alpha|beta|pre|rc|cvs|svn|git|hg|p)\d*)*)(?:~([\da-f]+))?(?:-r(\d+))?$/;

/** Alpine, as `apk version -t` does. */
export const apkOrder: VersionOrder<readonly Part[]> = {
  parse(text) {
    const match = SHAPE.exec(text.trim());
    return match === null ? undefined : partsOf(match);
  },
  compare(a, b) {
    for (const [at, part] of a.entries()) {
      const other = b[at]!;
      const difference = part.kind === other.kind ? compareParts(part, other) : compareKinds(part, other);
      if (difference !== 0 || part.kind !== other.kind) return difference;
    }
    return 0;
  },
};

function partsOf([, first = "", numbers = "", letter, suffixes = "", commit, revision]: readonly (
  | string
  | undefined
)[]): readonly Part[] {
  const part = (kind: Part["kind"], text: string | undefined): readonly Part[] =>
    text === undefined || text === "" ? [] : [{ kind, text }];
  return [
    ...part("first", first),
    ...numbers.split(".").flatMap((number) => part("number", number)),
    ...part("letter", letter),
    ...[...suffixes.matchAll(/_([a-z]+)(\d*)/g)].flatMap(([, name, number]) => [
      ...part("suffix", name),
      ...part("suffix-number", number),
    ]),
    ...part("commit", commit),
    ...part("revision", revision),
    { kind: "end", text: "" },
  ];
}

function compareParts({ kind, text }: Part, { text: other }: Part): number {
  switch (kind) {
    case "suffix":
      return SUFFIXES.indexOf(text) - SUFFIXES.indexOf(other);
    case "number":
      // A zero in front makes it a fraction: 1.05 comes before 1.1.
      return text.startsWith("0") || other.startsWith("0")
        ? compareText(text, other)
        : compareDigits(text, other);
    case "first":
    case "suffix-number":
    case "revision":
      return compareDigits(text, other);
    case "letter":
    case "commit":
    case "end":
      return compareText(text, other);
  }
}

/** What goes on is newer than what ends, unless it goes on as a version before the release. */
function compareKinds(a: Part, b: Part): number {
  if (isBeforeRelease(a)) return -1;
  if (isBeforeRelease(b)) return 1;
  return KINDS.indexOf(b.kind) - KINDS.indexOf(a.kind);
}

function isBeforeRelease({ kind, text }: Part): boolean {
  return kind === "suffix" && SUFFIXES.indexOf(text) < SUFFIXES.indexOf("");
}
