import type { Package } from "../../inventory/package.ts";
import { worst } from "../cvss.ts";
import { type Finding, type Remark, affectedPackage } from "../finding.ts";
import { type Severity, severityNamed, severityOf } from "../severity.ts";
import { compareText } from "../versions/order.ts";
import type { Versions } from "../versions/order-of.ts";
import type { Advisory } from "./advisory.ts";
import type { IndexEntry } from "./index-file.ts";
import type { Match } from "./match.ts";

/** One advisory against one package, about one vulnerability. */
export interface Claim extends IndexEntry {
  /** What the vulnerability is called. Those that share a name are about the same. */
  readonly names: readonly string[];
  readonly match: Match;
}

/** Prefixes under which distributions keep what they say about a CVE. */
const DISTRIBUTION = /^(?:DEBIAN|ALPINE|UBUNTU)-(?=CVE-)/;

/**
 * An advisory of a distribution may be about several vulnerabilities: each is a claim of its own, known by its own name
 * alone. The aliases of any other advisory all mean the same.
 */
export function claimsOf(entry: IndexEntry, match: Match): readonly Claim[] {
  const { id, aliases, upstream } = entry.advisory;
  const about = new Set(
    (upstream.length > 0 ? upstream : [id]).map((name) => name.replace(DISTRIBUTION, "")),
  );
  if (upstream.length > 0) return [...about].map((name) => ({ ...entry, match, names: [name] }));
  return [{ ...entry, match, names: [...new Set([...about, ...aliases])] }];
}

/** Claims by vulnerability: what shares a name, directly or through others, is one. */
export function sameOnes(claims: readonly Claim[]): readonly (readonly Claim[])[] {
  const byName = new Map<string, Set<Claim>>();
  for (const claim of claims) {
    const groups = new Set(claim.names.flatMap((name) => byName.get(name) ?? []));
    const group = new Set([...[...groups].flatMap((others) => [...others]), claim]);
    for (const { names } of group) for (const name of names) byName.set(name, group);
  }
  return [...new Set(byName.values())].map((group) => [...group]);
}

/** The parts of a finding that its claims decide. */
export function findingOf(
  found: Package,
  claims: readonly Claim[],
  { versions, rating }: { versions: Versions; rating: (id: string) => Advisory | undefined },
): Finding {
  const id = preferred(claims.flatMap(({ names }) => names));
  // What a distribution has not rated for one release, it may have rated for another.
  const elsewhere = rating(id);
  const advisories = [
    ...claims.map(({ advisory }) => advisory),
    ...(elsewhere === undefined ? [] : [elsewhere]),
  ];
  const aliases = new Set(claims.flatMap(({ names, advisory }) => [...names, advisory.id]));
  const fixedIn = highestFix(claims, versions);
  const [published] = advisories.flatMap((advisory) => advisory.published ?? []).toSorted(byTime);
  return {
    id,
    aliases: [...aliases].filter((name) => name !== id).toSorted(compareText),
    package: affectedPackage(found),
    ...(fixedIn === undefined ? {} : { fixedIn }),
    ...severityFrom(claims, advisories),
    ...(published === undefined ? {} : { published }),
    summary: advisories.find(({ summary }) => summary !== "")?.summary ?? "",
    url: `https://osv.dev/vulnerability/${encodeURIComponent(claims[0]!.advisory.id)}`,
    remarks: remarksOf(claims, advisories),
  };
}

const byTime = (a: string, b: string): number => Date.parse(a) - Date.parse(b);

/** A CVE is what everybody knows it by. */
function preferred(names: readonly string[]): string {
  const order = ["CVE-", "GHSA-", ""];
  const rank = (name: string): number => order.findIndex((prefix) => name.startsWith(prefix));
  return names.toSorted((a, b) => rank(a) - rank(b) || compareText(a, b))[0]!;
}

/** Where several know a fix, the highest is free of what each of them speaks of. */
function highestFix(claims: readonly Claim[], versions: Versions): string | undefined {
  const fixes = claims.flatMap(({ match }) => match.fixedIn ?? []);
  return fixes.toSorted((a, b) => -(versions.compare(a, b) ?? 0))[0];
}

function severityFrom(
  claims: readonly Claim[],
  advisories: readonly Advisory[],
): Pick<Finding, "severity" | "score" | "vector"> {
  if (isMalicious(claims)) return { severity: "critical" };
  const own = claims.flatMap(({ affected }) => affected.vectors);
  const rating = worst([...own, ...advisories.flatMap(({ vectors }) => vectors)]);
  if (rating !== undefined) return { severity: severityOf(rating.score), ...rating };
  const words = advisories.map(({ word = "" }) => severityNamed(word));
  return {
    severity:
      (["critical", "high", "medium", "low"] as const satisfies Severity[]).find((s) => words.includes(s)) ??
      "unknown",
  };
}

function remarksOf(claims: readonly Claim[], advisories: readonly Advisory[]): readonly Remark[] {
  const remarks: readonly (readonly [Remark, boolean])[] = [
    ["disputed", advisories.some(({ disputed }) => disputed === true)],
    ["malicious", isMalicious(claims)],
    ["uncertain", claims.every(({ match }) => match.uncertain === true)],
    // Only where all who speak of it say so.
    ["unimportant", claims.every(({ affected }) => affected.urgency === "unimportant")],
  ];
  return remarks.flatMap(([remark, holds]) => (holds ? [remark] : []));
}

/** OpenSSF's malicious-packages: nobody rates those. */
function isMalicious(claims: readonly Claim[]): boolean {
  return claims.some(({ advisory }) => advisory.id.startsWith("MAL-"));
}
