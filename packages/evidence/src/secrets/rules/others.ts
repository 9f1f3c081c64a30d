import type { Allowlist } from "../rule.ts";

/** A generic rule finds these by the hundred where others' software lies: packages, vendored code, locks. */
export const OTHERS: Allowlist = {
  condition: "any",
  commits: [],
  paths: [
    /(?:^|\/)(?:node_modules|site-packages|dist-packages|vendor)\//,
    /^(?:usr\/(?!local\/|src\/)|lib\/|var\/lib\/)/,
    /(?:^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|go\.sum|[^/]+\.lock|[^/]+\.svg)$/,
  ],
  // A variable, a call, a constant, a placeholder: where a secret comes from.
  regexes: [
    /^[$<{%]|\$\{|\{\{|^(?:process\.|os\.|env\.|self\.|this\.)|^(.)\1+$|^[A-Za-z_]+(?:\.[A-Za-z_]+)+$|^[A-Z]+(?:_[A-Z\d]+)+$/,
  ],
  target: "secret",
  stopwords: ["example", "changeme", "placeholder", "your-", "your_", "xxxx", "dummy", "redacted"],
};

/** What has fewer digits than so many is a word. */
export function withoutDigits(least: number): Allowlist {
  const regex = new RegExp(String.raw`^(?:\D*\d?){${least - 1}}\D*$`);
  return { condition: "any", commits: [], paths: [], regexes: [regex], target: "secret", stopwords: [] };
}
