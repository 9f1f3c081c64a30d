import { type Bounded } from "./deadline.ts";
import { entropyOf } from "../entropy.ts";
import { lineAt } from "../finding.ts";
import type { Allowlist, Match, Rule, RuleSet } from "../rule.ts";

/** A text and where it comes from, as rules see it. */
export interface Unit {
  readonly path?: string;
  readonly commit?: string;
  readonly text: string;
}

/** @throws EvidenceError `slow-rule` */
export function ruleMatches({ rules, allowlists }: RuleSet, unit: Unit, bounded: Bounded): readonly Match[] {
  const lower = unit.text.toLowerCase();
  const known = new Map<string, boolean>();
  const has = (keyword: string): boolean => {
    const answer = known.get(keyword) ?? lower.includes(keyword);
    known.set(keyword, answer);
    return answer;
  };
  const screened = new Map<RegExp, boolean>();
  const lets = (screen: RegExp): boolean => {
    const answer = screened.get(screen) ?? screen.test(unit.text);
    screened.set(screen, answer);
    return answer;
  };
  const tried = rules.filter(
    ({ keywords, screen }) =>
      (screen === undefined || lets(screen)) && (keywords.length === 0 || keywords.some(has)),
  );
  if (tried.length === 0) return [];
  let current = tried[0]!;
  return bounded(
    () =>
      tried.flatMap((rule) => {
        current = rule;
        return matchesOf(rule, [...allowlists, ...rule.allowlists], unit);
      }),
    () => `rule ${current.id} on ${unit.path ?? "a text"}`,
  );
}

function matchesOf(rule: Rule, allowlists: readonly Allowlist[], unit: Unit): readonly Match[] {
  if (rule.path !== undefined && !rule.path.test(unit.path ?? "")) return [];
  // A rule that knows only names finds files that should not be there at all.
  const found = rule.regex === undefined ? [""] : unit.text.matchAll(rule.regex);
  const matches: Match[] = [];
  for (const match of found) {
    const { secret, start } = typeof match === "string" ? { secret: "", start: 0 } : secretOf(rule, match);
    if (rule.regex !== undefined && secret === "") continue;
    if (rule.entropy !== undefined && entropyOf(secret) <= rule.entropy) continue;
    const seen = { secret, start, match: match[0] ?? "" };
    if (allowlists.some((list) => isAllowed(list, unit, seen))) continue;
    matches.push({ rule: rule.id, secret, start });
  }
  return matches;
}

function secretOf({ group }: Rule, match: RegExpMatchArray): Pick<Match, "secret" | "start"> {
  const index =
    group ?? match.findIndex((text, position) => position > 0 && text !== undefined && text !== "");
  const secret = match[Math.max(index, 0)] ?? "";
  return { secret, start: match.index! + match[0].indexOf(secret) };
}

interface Seen extends Pick<Match, "secret" | "start"> {
  readonly match: string;
}

function isAllowed(list: Allowlist, { path, commit, text }: Unit, { secret, start, match }: Seen): boolean {
  const looked = { secret, match, line: list.target === "line" ? lineAt(text, start) : "" }[list.target];
  const lower = secret.toLowerCase();
  const answers = [
    [list.commits, commit !== undefined && list.commits.includes(commit)],
    [list.paths, path !== undefined && list.paths.some((pattern) => pattern.test(path))],
    [list.regexes, list.regexes.some((pattern) => pattern.test(looked))],
    [list.stopwords, list.stopwords.some((word) => lower.includes(word))],
  ] as const;
  const asked = answers.filter(([{ length }]) => length > 0).map(([, answer]) => answer);
  if (asked.length === 0) return false;
  return list.condition === "all" ? asked.every(Boolean) : asked.some(Boolean);
}
