import type { Condition } from "./conditions.ts";
import { listAt, textAt, valueAt } from "./foreign.ts";
import type { Severity } from "./policy.ts";

const LEVELS: readonly Severity[] = ["low", "medium", "high", "critical"];

/**
 * Findings of a scan (in-toto, spec/predicates/vuln.md) that are this severe or more. One whose severity cannot be read
 * counts as the worst; one with an annotation `exception` is one that somebody answers for.
 */
export function findingsFrom(below: Severity, predicate: unknown): Condition {
  const expected = `no finding from ${below} up`;
  const results = valueAt(predicate, ["scanner", "result"]);
  if (!Array.isArray(results)) return { ok: false, found: "no list of findings", expected };
  const severe = results.filter((one) => !isExcepted(one) && rank(one) >= LEVELS.indexOf(below));
  if (severe.length === 0) return { ok: true, found: `${results.length} findings, none of them`, expected };
  const named = severe.slice(0, 5).map((one) => `${textAt(one, ["id"]) ?? "no id"} ${levelOf(one)}`);
  const more = severe.length > named.length ? `, and ${severe.length - named.length} more` : "";
  return {
    ok: false,
    found: `${named.join(", ")}${more}`,
    expected,
    hint: "refresh the base, bump what is affected, or except it with a reason and an expiry",
  };
}

function isExcepted(finding: unknown): boolean {
  return listAt(finding, ["annotations"]).some((note) => valueAt(note, ["exception"]) !== undefined);
}

function rank(finding: unknown): number {
  const levels = listAt(finding, ["severity"]).map(rankOf);
  return levels.length === 0 ? LEVELS.length : Math.max(...levels);
}

function levelOf(finding: unknown): string {
  return LEVELS[rank(finding)] ?? "of unknown severity";
}

/** A word, or a score of CVSS (CVSS v3.1, "Qualitative Severity Rating Scale"). Nothing at all is below every level. */
function rankOf(severity: unknown): number {
  const score = valueAt(severity, ["score"]);
  const text = String(typeof score === "string" || typeof score === "number" ? score : "")
    .trim()
    .toLowerCase();
  if (text === "none" || text === "negligible") return -1;
  const word = LEVELS.findIndex((level) => level === text);
  if (word !== -1) return word;
  const value = text === "" ? Number.NaN : Number(text);
  if (Number.isNaN(value)) return LEVELS.length;
  if (value >= 9) return 3;
  if (value >= 7) return 2;
  if (value >= 4) return 1;
  return value > 0 ? 0 : -1;
}
