import { EvidenceError } from "../../error.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** `5 h`, `3 d`: how old data is, for people. */
export function ageText(milliseconds: number): string {
  if (milliseconds < HOUR) return "less than an hour";
  return milliseconds < 2 * DAY
    ? `${Math.floor(milliseconds / HOUR)} h`
    : `${Math.floor(milliseconds / DAY)} d`;
}

/**
 * @param current when the data was last known to be current, in milliseconds
 * @param maxAge in milliseconds; Infinity where any age will do
 * @throws EvidenceError `stale-advisories`
 */
export function refuseStale(what: string, current: number, now: number, maxAge: number, hint: string): void {
  const age = now - current;
  if (age <= maxAge) return;
  throw new EvidenceError(
    "stale-advisories",
    `${what}: ${ageText(age)} old, at most ${ageText(maxAge)} is allowed`,
    { hint },
  );
}
