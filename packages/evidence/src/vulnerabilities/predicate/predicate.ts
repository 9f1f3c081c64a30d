import { createHash } from "node:crypto";
import type { Inventory } from "../../inventory/package.ts";
import type { Finding } from "../finding.ts";
import type { DatabaseFacts, ScanProblem, ScanReport } from "../scanner.ts";

/** in-toto attestation, spec/predicates/vulns_02.md. */
export const VULNERABILITIES_TYPE = "https://in-toto.io/attestation/vulns/v0.2";

export interface VulnerabilityPredicate {
  readonly scanner: {
    readonly uri: string;
    readonly version: string;
    readonly db: { readonly uri: string; readonly version: string; readonly lastUpdate: string };
    readonly result: readonly {
      readonly id: string;
      readonly severity: readonly { readonly method: string; readonly score: string }[];
      /** One: the finding itself. */
      readonly annotations: readonly Finding[];
    }[];
  };
  readonly metadata: { readonly scanStartedOn: string; readonly scanFinishedOn: string };
  /** What the type has no field for; other readers pass it over. */
  readonly seaworthy: {
    readonly platform: string;
    readonly scanner: string;
    readonly database: DatabaseFacts;
    readonly problems: readonly ScanProblem[];
  };
}

const URIS: Readonly<Record<string, string>> = {
  osv: "https://osv.dev",
  trivy: "https://github.com/aquasecurity/trivy",
};

/**
 * A scan as others read it, too. Undefined where the scanner was blind for something: an empty list means that nothing
 * was found, and nobody may take it so.
 */
export function vulnerabilityPredicate(
  report: ScanReport,
  { started, finished }: { readonly started: Date; readonly finished: Date },
): VulnerabilityPredicate | undefined {
  const { scanner, database, findings, problems, platform } = report;
  if (problems.some(({ kind }) => kind === "blind")) return undefined;
  return {
    scanner: {
      uri: URIS[scanner.name] ?? `urn:seaworthy:scanner:${scanner.name}`,
      version: scanner.version,
      db: {
        uri: database.source,
        version: database.version,
        // Nothing in the image was anything to ask about: then what was known is as old as the scan.
        lastUpdate: database.updated ?? started.toISOString(),
      },
      result: findings.map((finding) => ({
        id: finding.id,
        severity: severityOf(finding),
        annotations: [finding],
      })),
    },
    metadata: { scanStartedOn: started.toISOString(), scanFinishedOn: finished.toISOString() },
    seaworthy: { platform, scanner: scanner.name, database, problems },
  };
}

function severityOf({ severity, score, vector }: Finding): readonly { method: string; score: string }[] {
  const method = vector?.startsWith("CVSS:4") === true ? "cvss_v4" : "cvss_v3";
  return [
    { method: "rating", score: severity },
    ...(score === undefined ? [] : [{ method, score: score.toFixed(1) }]),
  ];
}

/**
 * The same for scans that find the same: of what is in the image, with what was known. Rules are not in it: a report is
 * judged anew each time, because exceptions expire and findings grow old.
 */
export function scanKey(inventory: Inventory, { scanner, database }: ScanReport): string {
  const parts = [inventory, scanner.name, scanner.version, database.version];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}
