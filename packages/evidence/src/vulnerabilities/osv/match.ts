import type { Versions } from "../versions/order-of.ts";
import type { Affected, Range, RangeEvent } from "./advisory.ts";

export interface Match {
  /** The lowest version above the installed one that ends a range it is in. */
  readonly fixedIn?: string;
  /** A version cannot be compared, so nothing can be ruled out. */
  readonly uncertain?: true;
}

/** Whether a version is affected, by the algorithm of the OSV schema ("Evaluation"); undefined where it is not. */
export function match(version: string, affected: Affected, versions: Versions): Match | undefined {
  const found = affected.ranges.flatMap((range) => matchRange(version, range, versions) ?? []);
  const certain = found.filter(({ uncertain }) => uncertain === undefined);
  if (certain.length > 0) {
    const fixes = certain.flatMap(({ fixedIn }) => fixedIn ?? []);
    const [fixedIn] = fixes.toSorted((a, b) => versions.compare(a, b) ?? 0);
    return fixedIn === undefined ? {} : { fixedIn };
  }
  if (affected.versions.includes(version)) return {};
  return found[0];
}

function matchRange(version: string, range: Range, versions: Versions): Match | undefined {
  const events = sorted(range, versions);
  const places = events?.map((event) => compare(version, event.version, versions));
  if (events === undefined || places?.every((place) => place !== undefined) !== true)
    return { uncertain: true };
  if (!isBeforeLimits(events, places)) return undefined;
  let inside = false;
  for (const [index, { at }] of events.entries()) {
    const place = places[index]!;
    if (at === "introduced" && place >= 0) inside = true;
    else if (at === "fixed" && place >= 0) inside = false;
    else if (at === "last_affected" && place > 0) inside = false;
  }
  if (!inside) return undefined;
  const fix = events.find(({ at }, index) => at === "fixed" && places[index]! < 0);
  return fix === undefined ? {} : { fixedIn: fix.version };
}

/** Undefined where two of its versions cannot be compared. Equal ones stay in the order of the record. */
function sorted(range: Range, versions: Versions): Range | undefined {
  let comparable = true;
  const events = range.toSorted((a, b) => {
    const difference = compare(a.version, b.version, versions);
    comparable &&= difference !== undefined;
    return difference ?? 0;
  });
  return comparable ? events : undefined;
}

/** Limits are other branches' ends; without one there is none. */
function isBeforeLimits(events: Range, places: readonly (number | undefined)[]): boolean {
  const limits = events.flatMap(({ at }, index) => (at === "limit" ? [places[index]!] : []));
  return limits.length === 0 || limits.some((place) => place < 0);
}

/** `0` comes before every version and `*` after every one (OSV schema, `affected[].ranges[].events`). */
function compare(a: RangeEvent["version"], b: string, versions: Versions): number | undefined {
  if (a === b) return 0;
  if (a === "0" || b === "*") return -1;
  if (b === "0" || a === "*") return 1;
  return versions.compare(a, b);
}
