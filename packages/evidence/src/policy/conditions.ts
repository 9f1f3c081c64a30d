import { valueAt } from "./foreign.ts";
import { wholePattern } from "../signing/verify-identity.ts";
import { listAt, textAt } from "./foreign.ts";
import type { EvidenceRule } from "./policy.ts";
import { findingsFrom } from "./scan.ts";

/** What a statement's content has to be, and is. Predicates are foreign JSON: what cannot be read fails. */
export interface Condition {
  readonly ok: boolean;
  readonly found: string;
  readonly expected: string;
  readonly hint?: string;
}

/** Undefined where being there is enough. */
export function conditionOf(rule: EvidenceRule, predicate: unknown): Condition | undefined {
  switch (rule.kind) {
    case "tests":
      return testsPassed(rule.names ?? [], predicate);
    case "verify":
      return verified(rule.allowNotRun ?? false, predicate);
    case "scan":
      return rule.below === undefined ? undefined : findingsFrom(rule.below, predicate);
    case "secrets":
      return result(predicate, "PASSED");
    case "provenance":
      return builtAs(rule, predicate);
    case "deployment":
      return ranWell(rule.environment, predicate);
    case "sbom":
    case "record":
    case "statement":
      return undefined;
  }
}

function testsPassed(names: readonly string[], predicate: unknown): Condition {
  const outcome = result(predicate, "PASSED");
  if (!outcome.ok) return outcome;
  const passed = new Set(listAt(predicate, ["passedTests"]));
  const lacking = names.filter((name) => !passed.has(name));
  if (lacking.length === 0) return outcome;
  return {
    ok: false,
    found: `${passed.size} passed, without ${lacking.join(", ")}`,
    expected: `${names.join(", ")} among those that passed`,
  };
}

function result(predicate: unknown, expected: string): Condition {
  const found = textAt(predicate, ["result"]) ?? "no result";
  return { ok: found === expected, found, expected };
}

function ranWell(environment: string, predicate: unknown): Condition {
  const where = textAt(predicate, ["environment"]) ?? "nowhere";
  const outcome = textAt(predicate, ["outcome"]) ?? "no outcome";
  return {
    ok: where === environment && outcome === "healthy",
    found: `${outcome} in ${where}`,
    expected: `healthy in ${environment}`,
    hint: `deploy it there first: seaworthy deploy ${environment} IMAGE`,
  };
}

function verified(allowNotRun: boolean, predicate: unknown): Condition {
  const status = textAt(predicate, ["status"]) ?? "no status";
  const reason = textAt(predicate, ["reason"]);
  const ok = status === "passed" || (allowNotRun && status === "not-run");
  return {
    ok,
    found: reason === undefined ? status : `${status}: ${reason}`,
    expected: allowNotRun ? "passed or not-run" : "passed",
    ...(status === "not-run" && !ok
      ? { hint: "verify on a machine that runs this platform, or say allowNotRun" }
      : {}),
  };
}

function builtAs(
  { builder, builderPattern, source }: Extract<EvidenceRule, { kind: "provenance" }>,
  predicate: unknown,
): Condition | undefined {
  const checks: readonly (Condition | undefined)[] = [
    builder === undefined
      ? undefined
      : same(builderOf(predicate), (id) => id === builder, `builder ${builder}`),
    builderPattern === undefined
      ? undefined
      : same(
          builderOf(predicate),
          (id) => wholePattern(builderPattern, "builderPattern").test(id),
          `builder /${builderPattern}/`,
        ),
    source === undefined
      ? undefined
      : same(sourceOf(predicate), (uri) => webAddress(uri) === webAddress(source), `source ${source}`),
  ];
  const made = checks.filter((check) => check !== undefined);
  return made.find(({ ok }) => !ok) ?? made[0];
}

function same(found: string | undefined, fits: (text: string) => boolean, expected: string): Condition {
  return { ok: found !== undefined && fits(found), found: found ?? "nothing", expected };
}

function builderOf(predicate: unknown): string | undefined {
  return textAt(predicate, ["runDetails", "builder", "id"]);
}

/** Ours, and GitHub's (slsa-framework.github.io/github-actions-buildtypes). */
function sourceOf(predicate: unknown): string | undefined {
  const parameters = valueAt(predicate, ["buildDefinition", "externalParameters"]);
  return textAt(parameters, ["source", "uri"]) ?? textAt(parameters, ["workflow", "repository"]);
}

/** `git+https://host/owner/name.git@ref` and `https://host/owner/name` are one repository. */
function webAddress(uri: string): string {
  return uri
    .replace(/^git\+/, "")
    .replace(/@[^/@]*$/, "")
    .replace(/\/$/, "")
    .replace(/\.git$/, "");
}
