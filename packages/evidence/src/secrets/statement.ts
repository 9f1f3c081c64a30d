import type { SecretFinding } from "./finding.ts";
import type { SecretScan } from "./scanner.ts";

export const SECRETS_RESULT = "https://seaworthy.dev/secrets-result/v1";

/** What was looked at, and what was found; nobody learns a secret from it. */
export interface SecretsResult {
  readonly result: "PASSED" | "FAILED";
  readonly rules: string;
  readonly scanned: {
    readonly texts: number;
    readonly bytes: number;
    readonly skippedBinaries: number;
    readonly cut: number;
  };
  readonly found: number;
  readonly allowed: number;
  /** At most so many that the statement stays small; `found` says how many there are. */
  readonly findings: readonly SecretFinding[];
}

const MOST = 1000;

export function secretsResult(scan: SecretScan): SecretsResult {
  const { rules, texts, bytes, skipped, findings, allowed } = scan;
  return {
    result: findings.length === 0 ? "PASSED" : "FAILED",
    rules,
    scanned: { texts, bytes, skippedBinaries: skipped.binary, cut: skipped.cut.length },
    found: findings.length,
    allowed: allowed.length,
    findings: findings.slice(0, MOST),
  };
}
