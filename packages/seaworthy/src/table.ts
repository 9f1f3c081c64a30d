import { oneLine, widthOf } from "./progress/text.ts";

/** Columns wide enough for their cells; the last one is left as it is. Cells may hold what others wrote. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows.map((row) => row.map(oneLine))];
  const widths = header.map((_, column) => Math.max(...all.map((row) => widthOf(row[column] ?? ""))));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        column === row.length - 1 ? cell : cell + " ".repeat(widths[column]! - widthOf(cell)),
      )
      .join("  ");
  return all.map((row) => line(row).trimEnd()).join("\n");
}
