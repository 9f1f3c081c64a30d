import type { Allowlist, Rule, RuleSet } from "./rule.ts";

/** A generic rule finds these by the hundred where others' software lies: packages, vendored code, locks. */
const OTHERS: Allowlist = {
  condition: "any",
  commits: [],
  paths: [
    /(?:^|\/)(?:node_modules|site-packages|dist-packages|vendor)\//,
    /^(?:usr\/(?!local\/|src\/)|lib\/|var\/lib\/)/,
    /(?:^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|go\.sum|[^/]+\.lock|[^/]+\.svg)$/,
  ],
  // A variable, a call, a placeholder: where a secret comes from.
  regexes: [
    /^[$<{%]|\$\{|\{\{|^(?:process\.|os\.|env\.|self\.|this\.)|^(.)\1+$|^[A-Za-z_]+(?:\.[A-Za-z_]+)+$/,
  ],
  target: "secret",
  stopwords: ["example", "changeme", "placeholder", "your-", "your_", "xxxx", "dummy", "redacted"],
};

/** Tokens that say by their beginning whose they are, and that secretlint's rules do not know. */
const TOKENS: readonly (readonly [id: string, keyword: string, rest: string])[] = [
  ["age-key", "AGE-SECRET-KEY-1", "[0-9A-Z]{58}"],
  ["digitalocean", "dop_v1_", "[0-9a-f]{64}"],
  ["docker-pat", "dckr_pat_", "[\\w-]{27,}"],
  ["doppler", "dp.pt.", "[0-9A-Za-z]{40,}"],
  ["google-api-key", "AIza", "[\\w-]{35}"],
  ["planetscale", "pscale_", "(?:tkn|oauth|pw)_[\\w.=-]{32,64}"],
  ["postman", "PMAK-", "[0-9a-f]{24}-[0-9a-f]{34}"],
  ["pulumi", "pul-", "[0-9a-f]{40}"],
  ["pypi", "pypi-AgEI", "[\\w-]{50,}"],
  ["replicate", "r8_", "[0-9A-Za-z]{37}"],
  ["rubygems", "rubygems_", "[0-9a-f]{48}"],
  ["sendgrid-token", "SG.", "[\\w.=-]{66}"],
  ["sentry", "sntrys_", "[\\w+/=-]{40,}"],
  ["supabase", "sbp_", "[0-9a-f]{40}"],
  ["xai", "xai-", "[0-9A-Za-z]{70,}"],
];

const RULES: readonly Rule[] = [
  ...TOKENS.map(([id, keyword, rest]) =>
    rule(id, [keyword], new RegExp(`(?<![\\w-])${keyword.replaceAll(".", "\\.")}${rest}(?!\\w)`, "g")),
  ),
  rule("aws-access-key-id", ["akia", "asia"], /(?<![0-9A-Za-z])(?:AKIA|ASIA)[2-7A-Z]{16}(?![0-9A-Za-z])/g, {
    entropy: 3,
    allowlists: [{ ...OTHERS, paths: [], regexes: [/EXAMPLE$/], stopwords: [] }],
  }),
  // Encrypted ones have head lines with single dashes.
  rule(
    "private-key-block",
    ["private key"],
    /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:[^-]|-(?!-)){64,20000}--/g,
  ),
  rule(
    "authorization-header",
    ["authorization"],
    /authorization["']?[ \t]{0,5}:[ \t]{0,5}["']?(?:bearer|basic|token)[ \t]{1,5}([\w.=~+/-]{16,1000})/gi,
    { entropy: 3, allowlists: [OTHERS] },
  ),
  rule(
    "curl-user",
    ["curl"],
    /\bcurl\b[^\n]{0,300}?[ \t](?:-u|--user)[ =]?["']?[^\s:"']{1,100}:([^\s:"']{6,200})/g,
    { entropy: 2, allowlists: [OTHERS] },
  ),
  // The kind may stand before the data or behind it.
  rule(
    "kubernetes-secret",
    ["kind:"],
    /\bkind:[ \t]{0,5}["']?Secret\b(?:(?!\n---)[\s\S]){0,1000}?\bdata:[ \t]*\n[ \t]+[\w.-]+:[ \t]*["']?([0-9A-Za-z+/]{10,2000}={0,2})/g,
  ),
  rule(
    "kubernetes-secret",
    ["kind:"],
    /\bdata:[ \t]*\n[ \t]+[\w.-]+:[ \t]*["']?([0-9A-Za-z+/]{10,2000}={0,2})(?:(?!\n---)[\s\S]){0,1000}?\bkind:[ \t]{0,5}["']?Secret\b/g,
  ),
  rule("docker-auth", ['"auth"'], /"auth"\s*:\s*"([0-9A-Za-z+/]{12,}={0,2})"/g),
  rule("jwt", ["eyj"], /(?<![\w-])eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{16,}/g),
  rule("openai-key", ["sk-"], /(?<![\w-])sk-(?:proj-|svcacct-|admin-)?[\w-]{32,}(?![\w-])/g, {
    entropy: 3.5,
  }),
  rule(
    "url-credentials",
    ["://"],
    /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@"'`<>]{1,100}:([^\s/:@"'`<>]{6,100})@[\w[]/gi,
    {
      entropy: 2,
      allowlists: [OTHERS],
    },
  ),
  rule(
    "generic-assignment",
    ["password", "passwd", "secret", "token", "key", "credential", "auth"],
    /(?:passw(?:or)?d|secret|token|api[_.-]?key|access[_.-]?key|auth[_.-]?key|private[_.-]?key|client[_.-]?key|encryption[_.-]?key|credentials?|auth)[\w.-]{0,30}["'`\]]{0,2}[ \t]{0,10}(?::=|=>|:|=)[ \t]{0,10}["'`]?(?=[\w.=+/-]*\d)([\w.=+/-]{12,150})(?=["'`\s;,)}\]\\]|$)/gi,
    { entropy: 3.4, allowlists: [OTHERS] },
  ),
  rule(
    "quoted-password",
    ["password", "passwd", "passphrase"],
    /(?:password|passwd|passphrase)["'`]?[ \t]{0,10}(?::=|=>|:|=)[ \t]{0,10}["']([^"'\s]{8,100})["']/gi,
    { entropy: 2.8, allowlists: [OTHERS] },
  ),
];

/** Wide rules: they say nothing new about a place that another rule has named. */
export const GENERIC: ReadonlySet<string> = new Set([
  "authorization-header",
  "curl-user",
  "generic-assignment",
  "kubernetes-secret",
  "private-key-block",
  "quoted-password",
  "sendgrid-token",
  "url-credentials",
]);

/** The rules that hold where the user brings none, together with secretlint's. */
export const ownRules: RuleSet = {
  // Goes up with each change of what is found, also with secretlint's own.
  version: "seaworthy-1",
  rules: RULES,
  allowlists: [],
  foreign: false,
  preset: true,
  notes: [],
};

function rule(
  id: string,
  keywords: readonly string[],
  regex: RegExp,
  more: Pick<Partial<Rule>, "entropy" | "allowlists"> = {},
): Rule {
  return { id, regex, keywords: keywords.map((keyword) => keyword.toLowerCase()), allowlists: [], ...more };
}
