import type { z } from "zod";

/** What is wrong with a file, a line each: where → expected, found. */
export function faultsOf({ issues }: z.ZodError, value: unknown): readonly string[] {
  return issues.flatMap((issue) => messagesOf(issue, value));
}

function messagesOf(issue: z.core.$ZodIssue, value: unknown): readonly string[] {
  const at = pathOf(issue.path);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => `${at === "" ? key : `${at}.${key}`}: unknown field`);
  }
  const found = JSON.stringify(valueAt(value, issue.path)) ?? "nothing";
  const expected =
    issue.code === "invalid_type"
      ? `expected ${issue.expected}`
      : issue.message
          .replace(/^Invalid input: /, "")
          .replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
  return [`${at === "" ? "config" : at}: ${expected}, found ${found.slice(0, 80)}`];
}

function pathOf(path: readonly PropertyKey[]): string {
  return path
    .map((part, at) => (typeof part === "number" ? `[${part}]` : `${at === 0 ? "" : "."}${String(part)}`))
    .join("");
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], value);
}
