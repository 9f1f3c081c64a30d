import { cut, oneLine, printable } from "../../progress/text.ts";

const MAX_CELL = 300;
const MAX_LINES = 200;
const MAX_LINE = 500;

/**
 * What others wrote, as code on one line: nothing in it is a link, a mention, an emoji or a formula, in a table or out of
 * one. Backticks within are outnumbered, pipes are escaped; backslashes before a pipe are doubled, so that they cannot
 * take its escape away (GFM spec, 4.10 and 6.1).
 */
export function code(text: string): string {
  const line = cut(oneLine(text.slice(0, 4 * MAX_CELL)), MAX_CELL);
  if (line === "") return "–";
  const ticks = "`".repeat(longestRun(line) + 1);
  const pad = /^[` ]|[` ]$/.test(line) ? " " : "";
  return `${ticks}${pad}${line.replaceAll(/(\\*)\|/g, "$1$1\\|")}${pad}${ticks}`;
}

/** Lines as they are. Longer texts lose their middle: the beginning says what it was, the end how it ended. */
export function codeBlock(text: string, language = "text"): string {
  const lines = text.split("\n");
  const half = MAX_LINES / 2;
  const shown =
    lines.length <= MAX_LINES
      ? lines
      : [...lines.slice(0, half), `… (${lines.length - MAX_LINES} lines)`, ...lines.slice(-half)];
  const body = shown.map(lineOf).join("\n");
  const fence = "`".repeat(Math.max(3, longestRun(body) + 1));
  return `${fence}${language}\n${body}\n${fence}`;
}

function lineOf(line: string): string {
  return printable(line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)}…` : line);
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
}

const MAX_ROWS = 100;

/** Cells are Markdown already; they are made of as many items as are shown. `right` are the columns of numbers. */
export function markdownTable<T>(
  header: readonly string[],
  items: readonly T[],
  cellsOf: (item: T) => readonly string[],
  right: readonly number[] = [],
): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const rule = header.map((_, column) => (right.includes(column) ? "--:" : "---"));
  const more = items.length > MAX_ROWS ? [`\n… and ${items.length - MAX_ROWS} more`] : [];
  const rows = items.slice(0, MAX_ROWS).map(cellsOf);
  return [...[header, rule, ...rows].map(line), ...more].join("\n");
}
