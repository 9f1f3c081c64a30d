import { SeaworthyError } from "@seaworthy/oci";
import type { Finding } from "../finding.ts";
import type { ScanProblem, Scanner } from "../scanner.ts";
import { sortFindings } from "../sort-findings.ts";
import { versionsOf } from "../versions/order-of.ts";
import type { Advisory } from "./advisory.ts";
import { type Claim, claimsOf, findingOf, sameOnes } from "./claims.ts";
import { MATCHER, databaseFacts } from "./database-facts.ts";
import { ECOSYSTEMS } from "./ecosystem.ts";
import type { Exploited, ExploitedSource } from "./exploited.ts";
import type { AdvisoryIndex } from "./index-file.ts";
import { match } from "./match.ts";
import type { AdvisorySource, OpenAdvisories } from "./source.ts";
import { type Wanted, questionsOf, unwatchedIn } from "./wanted.ts";

export interface OsvOptions {
  readonly source: AdvisorySource;
  /** Asked where somebody wants to know what is exploited. */
  readonly exploited?: ExploitedSource | undefined;
}

/** Matches an inventory against OSV data on this machine. */
export function osvScanner({ source, exploited: catalogue }: OsvOptions): Scanner {
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
      const exploited = catalogue && (await orBlind(catalogue(signal), "what is exploited", problems));
      if (exploited?.note !== undefined) problems.push(noted("what is exploited", exploited.note));
      return {
        digest: image.manifest.digest,
        platform: image.platform,
        scanner: { name: "osv", version: MATCHER },
        database: databaseFacts(source.place, used, exploited),
        findings: sortFindings(findings.map((finding) => withExploited(finding, exploited))),
        problems,
      };
    },
  };
}

/**
 * Undefined where there is no answer, which is a problem then.
 * @throws where it was stopped, and where the fault is ours
 */
async function orBlind<T>(answer: Promise<T>, what: string, problems: ScanProblem[]): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof SeaworthyError) || error.code === "aborted") throw error;
    const { message, hint } = error;
    problems.push({ kind: "blind", message: `${what}: ${message}`, ...(hint === undefined ? {} : { hint }) });
    return undefined;
  }
}

function noted(what: string, note: string): ScanProblem {
  return { kind: "note", message: `${what}: ${note}` };
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

function withExploited(finding: Finding, known: Exploited | undefined): Finding {
  if (known === undefined) return finding;
  return { ...finding, exploited: [finding.id, ...finding.aliases].some((name) => known.ids.has(name)) };
}
