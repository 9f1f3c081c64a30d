import type { Finding } from "../finding.ts";
import { purlMatches } from "./purl-matches.ts";

const DAY = 24 * 3_600_000;

/** A finding that somebody answers for, until a day. */
export interface Exception {
  /** Any of its names: `CVE-2021-44228`, `GHSA-…`. */
  readonly id: string;
  /** Name or package URL of the package it is about; without it, any. */
  readonly package?: string | undefined;
  readonly reason: string;
  /** Who answers for it. */
  readonly owner: string;
  /** `2026-12-31`: the last day on which it holds, in UTC. */
  readonly expires: string;
}

export function isAbout({ id, package: about }: Exception, finding: Finding): boolean {
  if (finding.id !== id && !finding.aliases.includes(id)) return false;
  const { name, source, purl } = finding.package;
  return about === undefined || about === name || about === source || purlMatches(about, purl);
}

/** A date that is none has passed long ago: it must not hold for ever. */
export function isExpired({ expires }: Exception, now: number): boolean {
  const begins = /^\d{4}-\d\d-\d\d$/.test(expires) ? Date.parse(`${expires}T00:00:00Z`) : Number.NaN;
  return !(now < begins + DAY);
}
