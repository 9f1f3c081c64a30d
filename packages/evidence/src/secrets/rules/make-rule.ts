import type { Rule } from "../rule.ts";

/** One of our own; keywords in any case. */
export function makeRule(
  id: string,
  keywords: readonly string[],
  regex: RegExp,
  more: Pick<Partial<Rule>, "entropy" | "allowlists"> = {},
): Rule {
  return { id, regex, keywords: keywords.map((keyword) => keyword.toLowerCase()), allowlists: [], ...more };
}
