import { widthOf } from "../progress/text.ts";
import { bar } from "./bars.ts";

/** Of one list; what is shown was written by others and may list ten thousand. */
const MOST = 24;
const LONGEST_BAR = 60;
const SHORTEST_BAR = 8;

/** The first few of a list, and how many there are beyond. */
export function capped<T>(
  items: readonly T[],
  linesOf: (shown: readonly T[]) => readonly string[],
): readonly string[] {
  const more = items.length - MOST;
  return [...linesOf(items.slice(0, MOST)), ...(more > 0 ? [`… and ${more} more`] : [])];
}

/** Cells in columns; numbers, in the columns named, end where others end. */
export function aligned(
  rows: readonly (readonly string[])[],
  numbers: readonly number[] = [],
): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => widthOf(row[column]!))));
  const pad = (cell: string, column: number): string => {
    const space = " ".repeat(widths[column]! - widthOf(cell));
    return numbers.includes(column) ? space + cell : cell + space;
  };
  return rows.map((row) => row.map(pad).join("  ").trimEnd());
}

/** Behind each line a bar from one fraction of the width that is left to another. */
export function withBars(
  lines: readonly string[],
  spans: readonly { readonly from: number; readonly to: number }[],
  width: number,
): readonly string[] {
  const text = Math.max(0, ...lines.map(widthOf));
  const columns = Math.max(SHORTEST_BAR, Math.min(LONGEST_BAR, width - text - 2));
  return lines.map((line, at) => {
    const { from, to } = spans[at]!;
    return `${line}${" ".repeat(text - widthOf(line) + 2)}${bar(from, to, columns)}`;
  });
}
