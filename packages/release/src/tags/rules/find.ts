import { formatPep440, parsePep440 } from "../pep440.ts";
import type { TagKind } from "../plan.ts";
import { parseVersion } from "../version.ts";
import { type RuleContext, afterRef, dateExpressions, renderGlobal } from "./expressions.ts";
import { illegal } from "./parse.ts";
import type { Rule } from "./rule.ts";
import { isStable } from "./stable.ts";
import { type Expressions, isRaw, namesIn, render } from "./template.ts";

/** What a rule gives, before prefix and suffix. */
export interface Found {
  readonly text: string;
  readonly kind: TagKind;
  /** Of a `version` tag: the leading numbers that it stands for. */
  readonly numbers?: readonly number[];
  /** The event is a release that `latest` may follow. */
  readonly stable?: boolean;
}

/** Undefined where the rule has nothing to say about the event. */
export function findTag(rule: Rule, context: RuleContext): Found | undefined {
  switch (rule.type) {
    case "schedule":
      return schedule(rule, context);
    case "semver":
      return semver(rule, context);
    case "pep440":
      return pep440(rule, context);
    case "match":
      return match(rule, context);
    case "edge":
      return edge(rule, context);
    case "ref":
      return ref(rule, context);
    case "raw":
      return raw(rule, context);
    case "sha":
      return sha(rule, context);
  }
}

function schedule(rule: Rule, context: RuleContext): Found | undefined {
  if (context.event.name !== "schedule") return undefined;
  const { where, pattern } = rule;
  const text = render(pattern, { expressions: dateExpressions(context, where), where, warn: context.warn });
  return text === "" ? undefined : { text, kind: "branch" };
}

/** The git tag, or what stands in for it; the part of it that `match` says. */
function subject(rule: Rule, context: RuleContext): string | undefined {
  const given =
    rule.value === "" ? afterRef(context.event, "refs/tags/") : renderGlobal(rule.value, context, rule.where);
  if (given === undefined || rule.type === "match" || rule.match === "") return given;
  const found = regularExpression(rule.match, "", rule).exec(given);
  if (found === null) {
    context.warn(`${rule.where}: match ${rule.match} does not fit ${given}`);
    return given;
  }
  return found[1] ?? found[0];
}

function semver(rule: Rule, context: RuleContext): Found | undefined {
  const text = subject(rule, context)?.replaceAll("/", "-");
  if (text === undefined) return undefined;
  const version = parseVersion(text);
  if (version === undefined) {
    context.warn(`${rule.where}: ${text} is no semantic version`);
    return undefined;
  }
  const { major, minor, patch, prerelease } = version;
  const expressions = { raw: version.raw, version: version.version, major, minor, patch };
  return versionTag(rule, context, {
    expressions: constants(expressions),
    whole: prerelease.length > 0 ? (isRaw(rule.pattern) ? version.raw : version.version) : undefined,
    stable: prerelease.length === 0,
    numbers: [major, minor, patch],
  });
}

function pep440(rule: Rule, context: RuleContext): Found | undefined {
  const text = subject(rule, context)?.replaceAll("/", "-");
  if (text === undefined) return undefined;
  const version = parsePep440(text);
  if (version === undefined) {
    context.warn(`${rule.where}: ${text} is no version of PEP 440`);
    return undefined;
  }
  const clean = formatPep440(version);
  const [major = 0, minor = 0, patch = 0] = version.release;
  const special = version.pre !== undefined || version.post !== undefined || version.dev !== undefined;
  return versionTag(rule, context, {
    expressions: constants({ raw: text, version: clean, major, minor, patch }),
    whole: special ? (isRaw(rule.pattern) ? text : clean) : undefined,
    stable: !special,
    numbers: [major, minor, patch],
  });
}

function versionTag(
  { pattern, where }: Rule,
  { warn }: RuleContext,
  version: {
    readonly expressions: Expressions;
    /** What every pattern gives for a pre-release: it moves nothing that others follow. */
    readonly whole: string | undefined;
    readonly stable: boolean;
    readonly numbers: readonly [number, number, number];
  },
): Found | undefined {
  const { expressions, whole, stable, numbers } = version;
  const text = whole ?? render(pattern, { expressions, where, warn });
  if (text === "") return undefined;
  const names = namesIn(pattern);
  const [major, minor, patch] = ["major", "minor", "patch"].map((name) => names.has(name));
  const isWhole =
    whole !== undefined || names.has("raw") || names.has("version") || (major && minor && patch);
  if (isWhole === true) return { text, kind: "release", stable };
  const shared = major === true ? numbers.slice(0, minor === true ? 2 : 1) : [];
  return { text, kind: "version", numbers: shared, stable };
}

function constants(values: Readonly<Record<string, string | number>>): Expressions {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, () => String(value)]));
}

function match(rule: Rule, context: RuleContext): Found | undefined {
  const text = subject(rule, context);
  if (text === undefined) return undefined;
  const [, body, flags] = /^\/(.+)\/(.*)$/.exec(rule.pattern) ?? [];
  const found = text.match(regularExpression(body ?? rule.pattern, flags ?? "", rule));
  const part = found?.[rule.group];
  if (part === undefined) {
    const what =
      found === null ? `pattern ${rule.pattern} does not fit ${text}` : `there is no group ${rule.group}`;
    context.warn(`${rule.where}: ${what}`);
    return undefined;
  }
  if (part === "") return undefined;
  return { text: part, ...kindOfMatch(part), stable: isStable(text) && isStable(part) };
}

function kindOfMatch(part: string): Pick<Found, "kind" | "numbers"> {
  if (parseVersion(part) !== undefined) return { kind: "release" };
  return /^\d+(?:\.\d+)?$/.test(part)
    ? { kind: "version", numbers: part.split(".").map(Number) }
    : { kind: "branch" };
}

function regularExpression(pattern: string, flags: string, { where }: Rule): RegExp {
  try {
    return new RegExp(pattern, flags);
  } catch (cause) {
    throw illegal(where, (cause as Error).message.replace(/^Invalid/, "invalid"));
  }
}

function edge(rule: Rule, { event }: RuleContext): Found | undefined {
  const branch = afterRef(event, "refs/heads/");
  const wanted = rule.branch === "" ? event.repository.defaultBranch : rule.branch;
  return branch === undefined || branch !== wanted ? undefined : { text: "edge", kind: "branch" };
}

function ref(rule: Rule, { event }: RuleContext): Found | undefined {
  if (rule.event === "pr") {
    return event.kind === "pull-request" ? { text: String(event.number), kind: "pull-request" } : undefined;
  }
  const name = afterRef(event, rule.event === "branch" ? "refs/heads/" : "refs/tags/");
  if (name === undefined) return undefined;
  if (rule.event === "branch") return { text: name, kind: "branch" };
  return {
    text: name,
    kind: parseVersion(name) === undefined ? "branch" : "release",
    stable: isStable(name),
  };
}

function raw(rule: Rule, context: RuleContext): Found | undefined {
  const { event } = context;
  const text = renderGlobal(rule.value, context, rule.where);
  if (text === "") return undefined;
  if (namesIn(rule.value).has("sha")) return { text, kind: "commit" };
  if (event.kind === "pull-request") return { text, kind: "pull-request" };
  const tag = afterRef(event, "refs/tags/");
  if (tag === undefined || parseVersion(tag) === undefined) return { text, kind: "branch" };
  // A word that is given to releases (`latest`, `stable`) is the newest of them; a word with the git tag is that one.
  return namesIn(rule.value).has("tag") ? { text, kind: "release" } : { text, kind: "version", numbers: [] };
}

function sha(rule: Rule, { event, shortLength }: RuleContext): Found | undefined {
  const { revision } = event;
  if (revision === undefined) return undefined;
  return { text: rule.format === "short" ? revision.slice(0, shortLength) : revision, kind: "commit" };
}
