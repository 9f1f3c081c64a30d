import { type Part, type WorkflowFile, mapping, stringsIn, textOf } from "./file.ts";
import type { Place } from "./rule.ts";

const COMMIT = /^[^@\s]+@[0-9a-f]{40}$/;
const LOCAL = /^\.\//;
const IMAGE = /^docker:\/\/[^@]+@sha256:[0-9a-f]{64}$/;
/** Its end is left open: what GitHub would not take is none of this rule's business. */
const EXPRESSION = /\$\{\{[^}]*\}{0,2}/g;
const SECRET = /\b(?:secrets|github\.token)\b/;
const STEP_OUTPUT = /\bsteps\.([\w-]+)\.outputs\b/g;

/** Rights that a release of images has a use for, and what gives them. */
const SCOPES: Readonly<Record<string, readonly string[]>> = {
  contents: ["read", "none"],
  packages: ["read", "write", "none"],
  statuses: ["write", "none"],
  deployments: ["write", "none"],
  "id-token": ["write", "none"],
  "security-events": ["write", "none"],
};

export function top(file: WorkflowFile): Part {
  return { path: [], value: file.root };
}

export function nameOf({ path }: Part): string {
  return path.length === 0 ? "the workflow" : `job ${String(path.at(-1))}`;
}

export function uses(action: string): (step: Part) => boolean {
  return ({ value }) => textOf(value["uses"]).toLowerCase().startsWith(`${action}@`);
}

export function unpinned({ path, value }: Part): readonly Place[] {
  const target = value["uses"];
  if (target === undefined) return [];
  const text = textOf(target);
  return COMMIT.test(text) || LOCAL.test(text) || IMAGE.test(text)
    ? []
    : [{ path: [...path, "uses"], found: text }];
}

export function granted({ path, value }: Part, isTop: boolean): readonly Place[] {
  const at = [...path, "permissions"];
  const { permissions } = value;
  if (typeof permissions === "string") return [{ path: at, found: permissions }];
  return Object.entries(mapping(permissions)).flatMap(([scope, level]) => {
    const fits = (SCOPES[scope] ?? ["none"]).includes(textOf(level)) && !(isTop && level === "write");
    return fits ? [] : [{ path: [...at, scope], found: `${scope}: ${textOf(level)}` }];
  });
}

/** `run`, the script of actions/github-script, and the shell that runs them. */
export function scripts({ path, value }: Part): readonly Place[] {
  return [
    ...expressionsIn([...path, "run"], value["run"]),
    ...expressionsIn([...path, "shell"], value["shell"]),
    ...expressionsIn([...path, "with", "script"], mapping(value["with"])["script"]),
  ];
}

export function expressionsIn(path: readonly (string | number)[], value: unknown): readonly Place[] {
  return stringsIn(path, value).flatMap(({ path: at, text }) => {
    const [found] = text.match(EXPRESSION) ?? [];
    return found === undefined ? [] : [{ path: at, found }];
  });
}

export function holdsSecret(text: string): boolean {
  return (text.match(EXPRESSION) ?? []).some((expression) => SECRET.test(expression));
}

export function failingCache(step: Part): readonly Place[] {
  const { path, value } = step;
  if (value["continue-on-error"] === true) return [];
  const settings = mapping(value["with"]);
  const automatic = settings["cache"] !== undefined || textOf(settings["package-manager-cache"]) !== "false";
  if (uses("actions/setup-node")(step) && automatic) return [{ path, found: "setup-node with a cache" }];
  if (uses("actions/cache")(step)) return [{ path, found: "actions/cache" }];
  return stringsIn([...path, "with"], value["with"])
    .filter(({ text }) => /\btype=gha\b/.test(text) && !/\bignore-error=true\b/.test(text))
    .map(({ path: at }) => ({ path: at, found: "type=gha without ignore-error=true" }));
}

export function unknownSteps(
  value: unknown,
  path: readonly (string | number)[],
  steps: readonly Part[],
): readonly Place[] {
  const ids = new Set(steps.map((step) => step.value["id"]));
  return stringsIn(path, value).flatMap(({ path: at, text }) =>
    [...text.matchAll(STEP_OUTPUT)]
      .filter(([, id]) => !ids.has(id))
      .map(([found]) => ({ path: at, found: `${found}, but no step has that id` })),
  );
}
