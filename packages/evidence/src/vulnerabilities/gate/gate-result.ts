import { SEVERITIES } from "../severity.ts";
import type { ScanReport } from "../scanner.ts";
import { type GateRules, rulesText } from "./rules.ts";
import type { Judgement } from "./judge.ts";

/** As gates of a release answer. */
export interface VulnerabilityResult {
  readonly name: string;
  readonly status: "passed" | "refused";
  readonly found: string;
  readonly allowed: string;
  readonly hint?: string;
}

/** A judgement in a line for people. */
export function vulnerabilityResult(
  { platform }: Pick<ScanReport, "platform">,
  judgement: Judgement,
  rules: GateRules,
): VulnerabilityResult {
  const result = { name: `vulnerabilities ${platform}`, allowed: rulesText(rules) };
  const found = foundText(judgement);
  if (!judgement.refused) return { ...result, status: "passed", found };
  const hints = judgement.obstacles.flatMap(({ hint }) => hint ?? []);
  const hint = hints[0] ?? 'run "seaworthy scan" for what brings them and what to do';
  return { ...result, status: "refused", found, hint };
}

function foundText({ verdicts, obstacles, expired }: Judgement): string {
  const refused = verdicts.filter(({ verdict }) => verdict === "refused");
  const bySeverity = SEVERITIES.flatMap((severity) => {
    const count = refused.filter(({ finding }) => finding.severity === severity).length;
    return count === 0 ? [] : [`${count} ${severity}`];
  });
  const excepted = verdicts.filter(({ verdict }) => verdict === "excepted").length;
  return [
    refused.length === 0 ? "none" : bySeverity.join(", "),
    ...(excepted === 0 ? [] : [`${excepted} excepted`]),
    ...expired.map(({ id, owner, expires }) => `the exception of ${owner} for ${id} expired on ${expires}`),
    ...obstacles.map(({ message }) => message),
  ].join("; ");
}
