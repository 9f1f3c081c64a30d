import { createHash } from "node:crypto";
import { parse } from "smol-toml";
import { EvidenceError } from "../error.ts";
import { UnsupportedRegex, goRegex } from "./go-regex.ts";
import { ownRules } from "./own-rules.ts";
import type { Allowlist, Rule, RuleSet } from "./rule.ts";
import { type Table, tableOf } from "./toml-table.ts";

/** A larger file is no set of rules. */
const MAX_BYTES = 4 << 20;

/**
 * The rules of a `gitleaks.toml`. Where it extends gitleaks' own, it extends ours instead, and `notes` say so.
 * @param file as messages name it
 * @throws EvidenceError `invalid-rules` for what cannot be taken: a rule that is passed over would find nothing
 */
export function parseGitleaksConfig(text: string, file: string): RuleSet {
  const invalid = (what: string, cause?: unknown): EvidenceError =>
    new EvidenceError("invalid-rules", `${file}: ${what}`, { cause, place: { file } });
  if (text.length > MAX_BYTES) throw invalid(`expected at most ${MAX_BYTES >> 20} MB`);
  const root = tableOf(parsed(text, invalid), "", invalid);
  const extend = root.table("extend");
  if (extend?.has("path") === true || extend?.has("url") === true) {
    throw invalid("extend.path and extend.url are not supported; put the rules into one file");
  }
  const useDefault = extend?.flag("useDefault") ?? false;
  const rules = root.tables("rules").map(ruleOf);
  const lists = [...root.tables("allowlist"), ...root.tables("allowlists")].map((table) => ({
    list: allowlistOf(table),
    targets: table.texts("targetRules"),
  }));
  const disabled = new Set(extend?.texts("disabledRules"));
  const mine = new Set(rules.map(({ id }) => id));
  const inherited = useDefault ? ownRules.rules.filter(({ id }) => !disabled.has(id) && !mine.has(id)) : [];
  const global = lists.filter(({ targets }) => targets.length === 0).map(({ list }) => list);
  return {
    version: `gitleaks.toml-${createHash("sha256").update(text).digest("hex").slice(0, 16)}${useDefault ? `+${ownRules.version}` : ""}`,
    rules: [...rules, ...inherited].map((rule) => withTargeted(rule, lists)),
    allowlists: global,
    foreign: true,
    preset: useDefault,
    notes: useDefault ? [`${file}: extend.useDefault stands for Seaworthy's own rules, not gitleaks'`] : [],
  };
}

function withTargeted(
  rule: Rule,
  lists: readonly { readonly list: Allowlist; readonly targets: readonly string[] }[],
): Rule {
  const targeted = lists.filter(({ targets }) => targets.includes(rule.id)).map(({ list }) => list);
  return targeted.length === 0 ? rule : { ...rule, allowlists: [...rule.allowlists, ...targeted] };
}

function parsed(text: string, invalid: (what: string, cause?: unknown) => EvidenceError): unknown {
  try {
    return parse(text);
  } catch (cause) {
    const line = (cause as { line?: unknown }).line;
    throw invalid(`line ${typeof line === "number" ? line : "?"}: is not TOML`, cause);
  }
}

function ruleOf(table: Table): Rule {
  const id = table.text("id");
  if (id === undefined || !/^[\w.:-]{1,100}$/.test(id)) {
    throw table.invalid("id", "expected letters, digits, dots and dashes");
  }
  const regex = regexIn(table, "regex", table.text("regex"), "g");
  const path = regexIn(table, "path", table.text("path"), "");
  if (regex === undefined && path === undefined) throw table.invalid("regex", "expected a regex or a path");
  const group = table.number("secretGroup");
  const entropy = table.number("entropy");
  if (table.has("required")) throw table.invalid("required", "rules that need others are not supported");
  return {
    id,
    ...(regex === undefined ? {} : { regex }),
    ...(path === undefined ? {} : { path }),
    // 0 is what it is where nothing is said.
    ...(group === undefined || group === 0 ? {} : { group }),
    ...(entropy === undefined || entropy === 0 ? {} : { entropy }),
    keywords: table.texts("keywords").map((keyword) => keyword.toLowerCase()),
    allowlists: [...table.tables("allowlist"), ...table.tables("allowlists")].map(allowlistOf),
  };
}

function allowlistOf(table: Table): Allowlist {
  const target = table.text("regexTarget") ?? "secret";
  if (target !== "secret" && target !== "match" && target !== "line") {
    throw table.invalid("regexTarget", "expected match or line");
  }
  const condition = (table.text("condition") ?? "OR").toUpperCase();
  if (!["OR", "||", "AND", "&&"].includes(condition)) throw table.invalid("condition", "expected OR or AND");
  const patterns = (name: string): readonly RegExp[] =>
    table.texts(name).map((source) => regexIn(table, name, source, "")!);
  return {
    condition: condition === "AND" || condition === "&&" ? "all" : "any",
    commits: table.texts("commits"),
    paths: patterns("paths"),
    regexes: patterns("regexes"),
    target,
    stopwords: table.texts("stopwords").map((word) => word.toLowerCase()),
  };
}

function regexIn(
  table: Table,
  name: string,
  source: string | undefined,
  flags: "" | "g",
): RegExp | undefined {
  if (source === undefined || source === "") return undefined;
  try {
    return goRegex(source, flags);
  } catch (cause) {
    if (!(cause instanceof UnsupportedRegex)) throw cause;
    throw table.invalid(name, cause.message, cause);
  }
}
