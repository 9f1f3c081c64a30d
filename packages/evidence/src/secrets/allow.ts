import { isDay, isOver } from "./expiry.ts";

/** Whether somebody has said that a finding is fine; `note` where they tried and it does not count. */
export type Verdict =
  | { readonly allowed: true; readonly reason: string }
  | { readonly allowed: false; readonly note?: string };

const OURS = /\bseaworthy:allow[ \t]+([\w.-]+)([^\n]{0,500})/g;
const REASON = /\breason="([^"]+)"/;
const EXPIRES = /\bexpires=(\S+)/;
const GITLEAKS = /\bgitleaks:allow\b/;

/**
 * `seaworthy:allow RULE reason="…" expires=2026-12-31` on the line of the secret or the one above. `gitleaks:allow` on
 * the line itself counts as it does there: it has no rule, reason or end.
 */
export function inlineVerdict(
  rule: string,
  { line, above }: { readonly line: string; readonly above: string },
  now: Date,
): Verdict {
  if (GITLEAKS.test(line)) return { allowed: true, reason: "gitleaks:allow" };
  const said = [...line.matchAll(OURS), ...above.matchAll(OURS)].find(([, name]) => name === rule);
  if (said === undefined) return { allowed: false };
  const [, , rest = ""] = said;
  const reason = REASON.exec(rest)?.[1];
  const day = EXPIRES.exec(rest.replace(REASON, ""))?.[1]?.match(/^[\d-]+/)?.[0];
  if (reason === undefined) return { allowed: false, note: 'its seaworthy:allow has no reason="…"' };
  if (!isDay(day)) return { allowed: false, note: "its seaworthy:allow has no expires=YYYY-MM-DD" };
  if (isOver(day, now)) return { allowed: false, note: `its seaworthy:allow expired ${day}` };
  return { allowed: true, reason };
}
