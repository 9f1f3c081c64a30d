import { GENERIC, ownRules } from "../own-rules.ts";
import type { Match, RuleSet } from "../rule.ts";
import type { SecretText } from "../scanner.ts";
import { deadline, unbounded } from "./deadline.ts";
import { ruleMatches } from "./match-rules.ts";
import { PresetMatches } from "./preset.ts";
import { tellingValues } from "./telling-name.ts";

/** What rules find in a text. Fails with EvidenceError `slow-rule`. */
export type FindMatches = (text: SecretText) => Promise<readonly Match[]>;

/** Milliseconds for all rules on one text. */
const DEADLINE = 5_000;

/** They say nothing new about a place that another has named. */
const SECONDARY: ReadonlySet<string> = new Set([...ownRules.rules.map(({ id }) => id), "telling-name"]);

/** Most telling rule first; a generic one says nothing new about a place that another has named. */
export function matcherOf(rules: RuleSet): FindMatches {
  const bounded = rules.foreign ? deadline(DEADLINE) : unbounded;
  const preset = new PresetMatches();
  return async ({ where, text, short = false }) => {
    const { path, commit } = where;
    const unit = {
      text,
      ...(path === undefined ? {} : { path }),
      ...(commit === undefined ? {} : { commit }),
    };
    const own = ruleMatches(rules, unit, bounded);
    const all = [
      ...(rules.preset ? await preset.of(text) : []),
      ...own.filter(({ rule }) => !GENERIC.has(rule)),
      ...(short ? tellingValues(text).map((value) => ({ rule: "telling-name", ...value })) : []),
      ...own.filter(({ rule }) => GENERIC.has(rule)),
    ];
    const kept: Match[] = [];
    for (const match of all) {
      const known = SECONDARY.has(match.rule) && kept.some((other) => overlap(match, other));
      if (!known) kept.push(match);
    }
    return kept;
  };
}

function overlap(one: Match, other: Match): boolean {
  return one.start < other.start + other.secret.length && other.start < one.start + one.secret.length;
}
