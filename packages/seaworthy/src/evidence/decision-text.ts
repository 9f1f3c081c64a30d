import type { Decision } from "@seaworthy/evidence";
import { table } from "../table.ts";
import { cut, oneLine } from "../progress/text.ts";

const MARKS = { met: "✓", missing: "✗", failed: "✗" } as const;
const LONGEST = 200;

/** Every requirement and its answer; what is not met says what was expected and what to do. */
export function decisionText(decisions: readonly Decision[]): string {
  const rows = decisions.map(({ status, requirement, subject, found }) => [
    MARKS[status],
    requirement,
    subject,
    status,
    cut(oneLine(found), LONGEST),
  ]);
  const open = decisions.filter(({ status }) => status !== "met");
  const said = open.length === 0 ? "" : `\n${open.map(openText).join("\n")}`;
  return `${table(["", "requirement", "of", "", "found"], rows)}${said}`;
}

function openText({ requirement, subject, status, expected, hint }: Decision): string {
  const what = `${requirement} of ${subject}: ${status}, expected ${cut(oneLine(expected), LONGEST)}`;
  return hint === undefined ? what : `${what}\n  → ${hint}`;
}
