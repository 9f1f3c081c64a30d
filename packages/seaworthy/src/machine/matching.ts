import { extname } from "node:path";
import { type FindMatches, type RuleSet, threadedMatcher } from "@seaworthy/evidence/secrets";

/** From the sources and from a chunk of the bundle, the module of this name is one folder up. */
const ENTRY = new URL(`../matching-thread${extname(import.meta.url)}`, import.meta.url);

const MATCHERS = new Map<string, FindMatches>();

/** One for all who ask with the same rules: they share its thread. */
export function matcherFor(rules: RuleSet): FindMatches {
  const found = MATCHERS.get(rules.version) ?? threadedMatcher(rules, ENTRY);
  MATCHERS.set(rules.version, found);
  return found;
}
