import type { Finding } from "./finding.ts";
import { compareSeverity } from "./severity.ts";
import { compareText } from "./versions/order.ts";

/** Worst first; then by name, so that the same findings always come in the same order. */
export function sortFindings(findings: readonly Finding[]): readonly Finding[] {
  return findings.toSorted(
    (a, b) =>
      compareSeverity(a.severity, b.severity) ||
      (b.score ?? 0) - (a.score ?? 0) ||
      compareText(a.id, b.id) ||
      compareText(a.package.purl, b.package.purl) ||
      compareText(a.package.path, b.package.path),
  );
}
