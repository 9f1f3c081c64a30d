/** CVSS's own ratings, highest first. `unknown`: nobody has rated it, which says nothing good about it. */
export const SEVERITIES = ["critical", "high", "medium", "low", "unknown"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** CVSS 3.1, 5 and 4.0, 6: qualitative severity rating scale. A score of 0 is none, and is shown as low. */
export function severityOf(score: number): Severity {
  if (score >= 9) return "critical";
  if (score >= 7) return "high";
  return score >= 4 ? "medium" : "low";
}

/** What GitHub, Trivy and others write in place of a score: `HIGH`, `MODERATE`. */
export function severityNamed(word: string): Severity {
  const name = word.toLowerCase();
  if (name === "moderate") return "medium";
  return SEVERITIES.find((severity) => severity === name) ?? "unknown";
}

/** Negative where the first is worse. */
export function compareSeverity(a: Severity, b: Severity): number {
  return SEVERITIES.indexOf(a) - SEVERITIES.indexOf(b);
}
