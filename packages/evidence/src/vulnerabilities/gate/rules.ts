import type { Severity } from "../severity.ts";

/** What a gate refuses. */
export interface GateRules {
  /** What is at least as bad as this. */
  readonly severity: Exclude<Severity, "unknown">;
  /** Only what another version is free of: nothing can be done about the rest but an exception. */
  readonly fixable: boolean;
  /** How bad that is which nobody has rated. */
  readonly unrated: Exclude<Severity, "unknown">;
  /** What is known to be exploited, however bad and whether there is a fix or not. */
  readonly exploited: boolean;
  /** Days that a finding may stay after it was published, unless it is exploited or malicious. */
  readonly graceDays: number;
  /** Images of which some file could not be read; otherwise that is only told. Many hold broken ones on purpose. */
  readonly unread: boolean;
}

export const DEFAULT_RULES: GateRules = {
  severity: "high",
  fixable: true,
  unrated: "high",
  exploited: false,
  graceDays: 0,
  unread: false,
};

/** `none of high or worse with a fix, none that is exploited` */
export function rulesText({ severity, fixable, exploited, graceDays }: GateRules): string {
  const worse = severity === "critical" ? severity : `${severity} or worse`;
  return [
    `none that is ${worse}${fixable ? " and has a fix" : ""}${graceDays > 0 ? ` for more than ${graceDays} d` : ""}`,
    ...(exploited ? ["none that is exploited"] : []),
  ].join(", ");
}
