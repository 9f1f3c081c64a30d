export const RULE_TYPES = ["schedule", "semver", "pep440", "match", "edge", "ref", "raw", "sha"] as const;
export type RuleType = (typeof RULE_TYPES)[number];

/** A line of rules. Every text but `pattern`, `match` and `branch` may hold template expressions. */
export interface Rule {
  readonly type: RuleType;
  /** What messages start with: `rules:3`. */
  readonly where: string;
  readonly enable: string;
  /** Higher ones come first; the first tag is the version. */
  readonly priority: number;
  /** In place of the flavor's. */
  readonly prefix?: string;
  readonly suffix?: string;
  readonly pattern: string;
  readonly value: string;
  readonly match: string;
  readonly group: number;
  readonly branch: string;
  readonly event: "branch" | "tag" | "pr";
  readonly format: "short" | "long";
}

export interface Affix {
  readonly text: string;
  readonly onLatest: boolean;
}

export interface Flavor {
  readonly latest: "auto" | "true" | "false";
  readonly prefix: Affix;
  readonly suffix: Affix;
}
