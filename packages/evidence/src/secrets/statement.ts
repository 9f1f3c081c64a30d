import { createHash } from "node:crypto";
import type { Descriptor } from "@seaworthy/oci";
import { type Statement, statementAbout } from "../statement.ts";
import type { SecretFinding } from "./finding.ts";
import type { SecretScan } from "./scanner.ts";

export const SECRETS_RESULT = "https://seaworthy.dev/secrets-result/v1";

/** What was looked at, and what was found; nobody learns a secret from it. */
export interface SecretsResult {
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

export function secretsStatement(
  image: Pick<Descriptor, "digest">,
  name: string,
  scan: SecretScan,
): Statement<SecretsResult> {
  const { rules, texts, bytes, skipped, findings, allowed } = scan;
  const predicate: SecretsResult = {
    rules,
    scanned: { texts, bytes, skippedBinaries: skipped.binary, cut: skipped.cut.length },
    found: findings.length,
    allowed: allowed.length,
    findings: findings.slice(0, MOST),
  };
  return statementAbout(image, { name, predicateType: SECRETS_RESULT, predicate });
}

/** Of an equal image under equal rules the result is the same; what is allowed is decided anew each time. */
export function secretsKey({ digest }: Pick<Descriptor, "digest">, rules: string): string {
  return createHash("sha256").update(`${digest}\0${rules}`).digest("hex");
}
