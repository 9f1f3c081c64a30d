import { EvidenceError } from "../error.ts";
import type { Verdict } from "./allow.ts";
import { isDay, isOver } from "./expiry.ts";

export interface BaselineEntry {
  readonly fingerprint: string;
  readonly reason: string;
  readonly owner: string;
  /** Last day it holds, `2026-12-31`. */
  readonly expires: string;
}

/** What was found before and is lived with for a while; by fingerprint. */
export type Baseline = ReadonlyMap<string, BaselineEntry>;

/**
 * `{ "version": 1, "secrets": [{ "fingerprint": …, "reason": …, "owner": …, "expires": … }] }`; other fields are for
 * people.
 * @param file as messages name it
 * @throws EvidenceError `invalid-baseline`
 */
export function parseBaseline(text: string, file: string): Baseline {
  const invalid = (what: string, cause?: unknown): EvidenceError =>
    new EvidenceError("invalid-baseline", `${file}${what}`, { cause, place: { file } });
  let value: { version?: unknown; secrets?: unknown } | null;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalid(": is not JSON", cause);
  }
  if (value?.version !== 1) throw invalid(": expected version 1 of it");
  if (!Array.isArray(value.secrets)) throw invalid(".secrets: expected a list");
  const entries = value.secrets.map((entry: Partial<Record<keyof BaselineEntry, unknown>> | null, index) => {
    const { fingerprint, reason, owner, expires } = entry ?? {};
    const at = `.secrets[${index}]`;
    if (!isHash(fingerprint)) throw invalid(`${at}.fingerprint: expected 64 hexadecimal digits`);
    if (!isSaid(reason)) throw invalid(`${at}.reason: expected why it is lived with`);
    if (!isSaid(owner)) throw invalid(`${at}.owner: expected who sees to it`);
    if (!isDay(expires)) throw invalid(`${at}.expires: expected a day such as 2026-12-31`);
    return [fingerprint, { fingerprint, reason, owner, expires }] as const;
  });
  return new Map(entries);
}

export function baselineVerdict(baseline: Baseline, fingerprint: string, now: Date): Verdict {
  const entry = baseline.get(fingerprint);
  if (entry === undefined) return { allowed: false };
  if (!isOver(entry.expires, now)) return { allowed: true, reason: entry.reason };
  return { allowed: false, note: `${entry.owner}'s entry in the baseline expired ${entry.expires}` };
}

function isHash(value: unknown): value is string {
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
}

function isSaid(value: unknown): value is string {
  return typeof value === "string" && value.trim() !== "";
}
