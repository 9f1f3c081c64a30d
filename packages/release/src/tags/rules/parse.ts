import { ReleaseError } from "../../error.ts";
import { type Entry, csvFields, entriesOf, pairOf } from "./list.ts";
import { type Flavor, RULE_TYPES, type Rule, type RuleType } from "./rule.ts";

const PRIORITY: Readonly<Record<RuleType, number>> = {
  schedule: 1000,
  semver: 900,
  pep440: 900,
  match: 800,
  edge: 700,
  ref: 600,
  raw: 200,
  sha: 100,
};

const ATTRIBUTES: ReadonlySet<string> = new Set(
  "enable priority prefix suffix pattern value match group branch event format".split(" "),
);

/** What holds where there are no rules at all. */
const DEFAULT_RULES = [
  "type=schedule",
  "type=ref,event=branch",
  "type=ref,event=tag",
  "type=ref,event=pr",
].join("\n");

export interface ParsedRules {
  /** Highest priority first; equal ones as written. */
  readonly rules: readonly Rule[];
  readonly warnings: readonly string[];
}

/**
 * Rules as docker/metadata-action takes them in `tags`.
 * @param where what messages call the text
 * @throws ReleaseError `rules`
 */
export function parseRules(text: string, where = "rules"): ParsedRules {
  const given = entriesOf(text);
  const warnings: string[] = [];
  const rules = (given.length === 0 ? entriesOf(DEFAULT_RULES) : given).map((entry) =>
    parseRule(entry, where, warnings),
  );
  return { rules: rules.toSorted((a, b) => b.priority - a.priority), warnings };
}

function parseRule(entry: Entry, file: string, warnings: string[]): Rule {
  const where = `${file}:${entry.line}`;
  const { type, attributes } = attributesOf(entry, where, warnings);
  const get = (name: string): string | undefined => attributes.get(name);
  const prefix = get("prefix") ?? (type === "sha" ? "sha-" : undefined);
  const event = eventOf(type, get("event"), where);
  const ownPrefix = prefix ?? (type === "ref" && event === "pr" ? "pr-" : undefined);
  const suffix = get("suffix");
  return {
    type,
    where,
    enable: get("enable") ?? "true",
    priority: numberOf(get("priority"), PRIORITY[type], where, "priority"),
    ...(ownPrefix === undefined ? {} : { prefix: ownPrefix }),
    ...(suffix === undefined ? {} : { suffix }),
    pattern: patternOf(type, get("pattern"), where),
    value: valueOf(type, get("value"), where),
    match: get("match") ?? "",
    group: numberOf(get("group"), 0, where, "group"),
    branch: get("branch") ?? "",
    event,
    format: formatOf(type, get("format"), where),
  };
}

function attributesOf(
  entry: Entry,
  where: string,
  warnings: string[],
): { readonly type: RuleType; readonly attributes: ReadonlyMap<string, string> } {
  const fields = csvFields(entry.text);
  if (fields === undefined) {
    throw illegal(
      where,
      `${shown(entry.text)} has an open quote`,
      'write "key=value, with comma", quotes doubled',
    );
  }
  let type: RuleType = "raw";
  const attributes = new Map<string, string>();
  for (const { key, value } of fields.map(pairOf)) {
    if (key === undefined) attributes.set("value", value);
    else if (key !== "type") {
      attributes.set(key, value);
      if (!ATTRIBUTES.has(key))
        warnings.push(`${where}: attribute ${shown(key)} is not known and does nothing`);
    } else {
      const known = RULE_TYPES.find((candidate) => candidate === value);
      if (known === undefined)
        throw illegal(where, `type ${shown(value)} is not known`, `use ${oneOf(RULE_TYPES)}`);
      type = known;
    }
  }
  return { type, attributes };
}

function patternOf(type: RuleType, pattern: string | undefined, where: string): string {
  if (pattern !== undefined) return pattern;
  if (type === "semver" || type === "pep440") {
    throw illegal(where, `type=${type} needs a pattern`, "add pattern={{version}}");
  }
  if (type === "match") throw illegal(where, "type=match needs a pattern", "add pattern=REGULAR EXPRESSION");
  return "nightly";
}

function valueOf(type: RuleType, value: string | undefined, where: string): string {
  if (value === undefined && type === "raw") throw illegal(where, "type=raw needs a value", "add value=TAG");
  return value ?? "";
}

const REF_EVENTS = ["branch", "tag", "pr"] as const;
const FORMATS = ["short", "long"] as const;

function eventOf(type: RuleType, event: string | undefined, where: string): Rule["event"] {
  if (type !== "ref") return "branch";
  const known = REF_EVENTS.find((candidate) => candidate === event);
  if (known !== undefined) return known;
  throw illegal(
    where,
    `type=ref needs an event, found ${shown(event ?? "none")}`,
    `use ${oneOf(REF_EVENTS)}`,
  );
}

function formatOf(type: RuleType, format: string | undefined, where: string): Rule["format"] {
  const known = FORMATS.find((candidate) => candidate === format);
  if (known !== undefined || format === undefined || type !== "sha") return known ?? "short";
  throw illegal(where, `format ${shown(format)} is not known`, `use ${oneOf(FORMATS)}`);
}

function numberOf(text: string | undefined, otherwise: number, where: string, name: string): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (
    text !== "" &&
    Number.isFinite(value) &&
    (name !== "group" || (Number.isInteger(value) && value >= 0))
  ) {
    return value;
  }
  throw illegal(where, `${name}: expected a number, found ${shown(text)}`);
}

/**
 * `latest=auto`, `prefix=…,onlatest=true`, `suffix=…,onlatest=true`; later entries go before earlier ones.
 * @throws ReleaseError `rules`
 */
export function parseFlavor(text: string, where = "flavor"): Flavor {
  let flavor: Flavor = {
    latest: "auto",
    prefix: { text: "", onLatest: false },
    suffix: { text: "", onLatest: false },
  };
  for (const entry of entriesOf(text)) {
    let affix: "prefix" | "suffix" | undefined;
    for (const { key, value } of (csvFields(entry.text) ?? []).map(pairOf)) {
      flavor = withFlavor(flavor, key, value, { affix, where: `${where}:${entry.line}` });
      if (key === "prefix" || key === "suffix") affix = key;
    }
  }
  return flavor;
}

function withFlavor(
  flavor: Flavor,
  key: string | undefined,
  value: string,
  { affix, where }: { readonly affix: "prefix" | "suffix" | undefined; readonly where: string },
): Flavor {
  if (key === "prefix" || key === "suffix") return { ...flavor, [key]: { ...flavor[key], text: value } };
  if (key === "latest" && (value === "auto" || value === "true" || value === "false")) {
    return { ...flavor, latest: value };
  }
  if (key === "onlatest" && (value === "true" || value === "false")) {
    if (affix === undefined) throw illegal(where, "onlatest stands alone", "write prefix=TEXT,onlatest=true");
    return { ...flavor, [affix]: { ...flavor[affix], onLatest: value === "true" } };
  }
  throw illegal(
    where,
    `${shown(key === undefined ? value : `${key}=${value}`)} is not known`,
    "use latest=auto, true or false; prefix=TEXT; suffix=TEXT; onlatest=true or false after one of them",
  );
}

export function illegal(where: string, problem: string, hint?: string): ReleaseError {
  return new ReleaseError("rules", `${where}: ${problem}`, hint === undefined ? {} : { hint });
}

const shown = (text: string): string => JSON.stringify(text.slice(0, 200));
const oneOf = (words: readonly string[]): string => `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
