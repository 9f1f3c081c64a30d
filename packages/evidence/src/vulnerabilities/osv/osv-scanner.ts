import type { Finding } from "../finding.ts";
import { noted, orBlind } from "../or-blind.ts";
import type { Scanner } from "../scanner.ts";
import { sortFindings } from "../sort-findings.ts";
import { versionsOf } from "../versions/order-of.ts";
import type { Advisory } from "./advisory.ts";
import { type Claim, claimsOf, findingOf, sameOnes } from "./claims.ts";
import { MATCHER, databaseFacts } from "./database-facts.ts";
import { ECOSYSTEMS } from "./ecosystem.ts";
import type { AdvisoryIndex } from "./index-file.ts";
import { match } from "./match.ts";
import type { AdvisorySource, OpenAdvisories } from "./source.ts";
import { type Wanted, questionsOf, unwatchedIn } from "./wanted.ts";

/** Matches an inventory against OSV data on this machine. */
export function osvScanner(source: AdvisorySource): Scanner {
  return {
    name: "osv",
    async scan({ image, inventory }, signal) {
      using opened = new DisposableStack();
      const { wanted, problems: unknown } = questionsOf(inventory);
      const problems = [...unknown];
      const findings: Finding[] = [];
      const used: OpenAdvisories[] = [];
      for (const ecosystem of ECOSYSTEMS.filter((name) => wanted.has(name))) {
        const what = `advisories of ${ecosystem}`;
        const advisories = await orBlind(source.open(ecosystem, signal), what, problems);
        if (advisories === undefined) continue;
        const index = opened.use(advisories.index);
        used.push(advisories);
        if (advisories.note !== undefined) problems.push(noted(what, advisories.note));
        problems.push(...unwatchedIn(index, wanted.get(ecosystem)!));
        findings.push(...findingsIn(index, wanted.get(ecosystem)!));
      }
      return {
        digest: image.manifest.digest,
        platform: image.platform,
        scanner: { name: "osv", version: MATCHER },
        database: databaseFacts(source.place, used),
        findings: sortFindings(findings),
        problems,
      };
    },
  };
}

function findingsIn(index: AdvisoryIndex, wanted: readonly Wanted[]): readonly Finding[] {
  const versions = versionsOf(index.facts.ecosystem);
  const rating = ratingIn(index);
  return wanted.flatMap(({ found, lookup }) => {
    const claims = index.about(lookup.release, lookup.name).flatMap((entry): readonly Claim[] => {
      const matched = match(lookup.version, entry.affected, versions);
      return matched === undefined ? [] : claimsOf(entry, matched);
    });
    return sameOnes(claims).map((same) => findingOf(found, same, { versions, rating }));
  });
}

/** What a distribution's database says of a CVE, whichever release that is about. */
function ratingIn(index: AdvisoryIndex): (id: string) => Advisory | undefined {
  const prefix = `${index.facts.ecosystem.toUpperCase()}-`;
  return (id) => (id.startsWith("CVE-") ? index.advisory(`${prefix}${id}`) : undefined);
}
