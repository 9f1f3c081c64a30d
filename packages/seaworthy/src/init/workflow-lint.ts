import { readWorkflow } from "./lint/file.ts";
import { RULES } from "./lint/rules.ts";

export interface Finding {
  /** Name of the rule. */
  readonly rule: string;
  /** From 1. */
  readonly line: number;
  /** What was found. */
  readonly found: string;
  /** What to write instead. */
  readonly hint: string;
}

/**
 * What is wrong with a workflow of GitHub Actions, or with an action made of steps, by the rules of the workflows that
 * `init` writes. In the order of the lines.
 * @throws Error for what is no YAML
 */
export function lintWorkflow(text: string): readonly Finding[] {
  const file = readWorkflow(text);
  return RULES.flatMap(({ name, hint, check }) =>
    check(file).map(({ path, found }) => ({ rule: name, line: file.lineOf(path), found, hint })),
  ).toSorted((a, b) => a.line - b.line);
}
