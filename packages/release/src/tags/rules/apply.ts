import { legalTag } from "../normalise.ts";
import { compareVersions, parseVersion } from "../version.ts";
import type { PlannedTag, TagPlan } from "../plan.ts";
import { type RuleContext, renderGlobal } from "./expressions.ts";
import { type Found, findTag } from "./find.ts";
import { illegal } from "./parse.ts";
import type { Flavor, Rule } from "./rule.ts";

export interface RulePlan extends Omit<TagPlan, "version"> {
  /** Undefined where no rule gave a tag. */
  readonly version?: string;
}

/**
 * The tags that rules give for an event, highest priority first, `latest` last.
 * @throws ReleaseError `rules`
 */
export function applyRules(
  rules: readonly Rule[],
  flavor: Flavor,
  context: Omit<RuleContext, "warn">,
): RulePlan {
  const { event } = context;
  const warnings: string[] = [];
  const heard = { ...context, warn: (warning: string) => void warnings.push(warning) };
  const found: { readonly move: PlannedTag; readonly stable: boolean }[] = [];
  for (const rule of rules) {
    if (!isEnabled(rule, heard)) continue;
    const one = findTag(rule, heard);
    const move = one === undefined ? undefined : finished(rule, one, flavor, heard);
    if (move !== undefined) found.push({ move, stable: one?.stable === true });
  }
  const latest = latestOf(rules, flavor, found, heard);
  const planned = found.map(({ move }) => move);
  const all = withSeries(unique(latest === undefined ? planned : [...planned, latest]), event.ref);
  const own = releaseOf(event.ref);
  const [first] = planned;
  return {
    ...(first === undefined ? {} : { version: first.tag }),
    tags: all.map(({ tag }) => tag),
    moves: all,
    ...(event.revision === undefined ? {} : { revision: event.revision }),
    ...(own === undefined ? {} : { release: own }),
    warnings,
  };
}

function isEnabled(rule: Rule, context: RuleContext): boolean {
  const enabled = renderGlobal(rule.enable, context, rule.where);
  if (enabled === "true" || enabled === "false") return enabled === "true";
  throw illegal(rule.where, `enable: expected true or false, found ${JSON.stringify(enabled.slice(0, 200))}`);
}

/** With its prefix and suffix, as a legal tag; what cannot be one is left out and said. */
function finished(rule: Rule, found: Found, flavor: Flavor, context: RuleContext): PlannedTag | undefined {
  const prefix = renderGlobal(rule.prefix ?? flavor.prefix.text, context, rule.where);
  const suffix = renderGlobal(rule.suffix ?? flavor.suffix.text, context, rule.where);
  const text = prefix + found.text + suffix;
  // `{{branch}}-` is only a dash where there is no branch; a bare commit id could pass for a version.
  const safe = rule.type === "sha" && !/^\w/.test(text) ? `sha-${found.text}${suffix}` : text;
  if (safe === "") return undefined;
  const tag = legalTag(safe);
  if (tag === undefined) {
    context.warn(`${rule.where}: ${JSON.stringify(text.slice(0, 200))} has nothing that a tag may have`);
    return undefined;
  }
  if (context.event.kind === "pull-request" && tag === "latest") {
    context.warn(`${rule.where}: a pull request does not move latest`);
    return undefined;
  }
  const { kind, numbers } = found;
  if (kind !== "version" || numbers === undefined) return { tag, kind };
  return { tag, kind, series: { of: "versions", numbers, prefix, suffix } };
}

function unique(moves: readonly PlannedTag[]): readonly PlannedTag[] {
  return [...new Map(moves.toReversed().map((move) => [move.tag, move])).values()].toReversed();
}

/** Commits of a branch are known by their names where a rule gives `<branch>-<sha>` beside `<branch>`. */
function withSeries(moves: readonly PlannedTag[], ref: string | undefined): readonly PlannedTag[] {
  const branch =
    ref?.startsWith("refs/heads/") === true ? legalTag(ref.slice("refs/heads/".length)) : undefined;
  const commit = moves.find(({ tag, kind }) => kind === "commit" && tag.startsWith(`${branch}-`));
  if (branch === undefined || commit === undefined) return moves;
  const prefix = `${branch}-`;
  if (!/^[0-9a-f]+$/.test(commit.tag.slice(prefix.length))) return moves;
  return moves.map((move) =>
    move.kind === "branch" ? { ...move, series: { of: "commits", prefix } } : move,
  );
}

/**
 * `auto`: every rule is asked, not the first alone; pre-releases never count; and where a rule writes `latest` by name,
 * that rule decides and nothing else, so that there are never two who do.
 */
function latestOf(
  rules: readonly Rule[],
  flavor: Flavor,
  found: readonly { readonly stable: boolean }[],
  context: RuleContext,
): PlannedTag | undefined {
  const { event } = context;
  if (flavor.latest === "false" || found.length === 0 || event.kind === "pull-request") return undefined;
  const named = rules.some(({ type, value }) => type === "raw" && value === "latest");
  if (flavor.latest === "auto" && (named || !found.some(({ stable }) => stable))) return undefined;
  const prefix = renderGlobal(flavor.prefix.text, context, "flavor");
  const suffix = renderGlobal(flavor.suffix.text, context, "flavor");
  const tag = legalTag(
    `${flavor.prefix.onLatest ? prefix : ""}latest${flavor.suffix.onLatest ? suffix : ""}`,
  )!;
  if (releaseOf(event.ref) === undefined) return { tag, kind: "branch" };
  return { tag, kind: "version", series: { of: "versions", numbers: [], prefix, suffix } };
}

/** The version that the git tag of the event is, or ends in. */
export function releaseOf(ref: string | undefined): string | undefined {
  const tag = ref?.startsWith("refs/tags/") === true ? ref.slice("refs/tags/".length) : undefined;
  if (tag === undefined) return undefined;
  const end = /(?:^|[^0-9.])(v?\d[^/]*)$/.exec(tag)?.[1] ?? tag;
  const text = [tag, end].find((part) => compareVersions(part, part) !== undefined);
  return text === undefined ? undefined : (parseVersion(text)?.version ?? text);
}
