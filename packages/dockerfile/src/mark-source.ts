import type { Range } from "./range.ts";

/** Lines of a heredoc or a long RUN that are shown before the rest is left out. */
const MAX_MARKED = 20;
const MAX_WIDTH = 400;

/**
 * The lines of a range, marked with `>>>`, between `context` lines before and after.
 * Long ranges and long lines are cut, visibly.
 */
export function markSource(text: string, range: Range, { context = 2 }: { context?: number } = {}): string {
  const lines = text.split("\n").map((line) => line.replace(/\r$/, ""));
  if (lines.length > 1 && lines.at(-1) === "") lines.pop();
  const first = Math.min(range.start.line, lines.length);
  const last = Math.min(Math.max(range.end.line, first), lines.length);
  const shown = Math.min(last, first + MAX_MARKED - 1);
  const width = String(Math.min(last + context, lines.length)).length;
  const row = (number: number): string => {
    const mark = number >= first && number <= last ? ">>>" : "   ";
    return `${String(number).padStart(width)} | ${mark} ${printable(lines[number - 1]!)}`.trimEnd();
  };
  const rows: string[] = [];
  for (let number = Math.max(1, first - context); number <= shown; number++) rows.push(row(number));
  if (shown < last) rows.push(`${" ".repeat(width)} | >>> (${last - shown} more lines)`);
  for (let number = last + 1; number <= Math.min(last + context, lines.length); number++) {
    rows.push(row(number));
  }
  return rows.join("\n");
}

/** Control characters would move the cursor of the terminal that shows the message. */
function printable(line: string): string {
  const cut = line.length > MAX_WIDTH ? `${line.slice(0, MAX_WIDTH)}…` : line;
  return cut.replace(/\t/g, "    ").replace(/\p{Cc}/gu, "�");
}
