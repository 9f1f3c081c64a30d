import { oneLine } from "./one-line.ts";
import { type Row, type Scanned, basisOf, countsOf, rowsOf } from "./scanned.ts";

const COLUMNS = [
  ["PACKAGE", (row) => row.package],
  ["INSTALLED", (row) => row.installed],
  ["FIXED IN", (row) => row.fixedIn],
  ["SEVERITY", (row) => row.severity],
  ["ID", (row) => row.id],
  ["BROUGHT BY", (row) => row.place],
  ["WHAT TO DO", (row) => row.advice],
] as const satisfies readonly (readonly [string, (row: Row) => string])[];

/** A page of plain text for one platform. What passed is counted; `all` shows it too. */
export function scanTable(scanned: Scanned, { all = false }: { readonly all?: boolean } = {}): string {
  const { image, report, judgement } = scanned;
  const rows = rowsOf(scanned);
  const sections = (["refused", "excepted", "passed"] as const).flatMap((kind) => {
    const those = rows.filter(({ verdict }) => verdict === kind);
    if (those.length === 0 || (kind === "passed" && !all)) return [];
    return [`${kind}:\n${kind === "refused" ? grid(those) : withReasons(those)}`];
  });
  const notes = [
    ...judgement.expired.map(
      ({ id, owner, expires }) => `! exception of ${owner} for ${id} expired on ${expires}`,
    ),
    ...report.problems.map(({ kind, message }) => `${kind === "note" ? "-" : "!"} ${message}`),
  ].map((line) => oneLine(line, 500));
  const head = `${oneLine(image)} ${report.platform}: ${countsOf(judgement)}\n${oneLine(basisOf(report))}`;
  return [head, ...sections, ...(notes.length === 0 ? [] : [notes.join("\n")])].join("\n\n");
}

/** A line for one platform, where there is nothing to be done. */
export function scanLine({ report, judgement }: Scanned): string {
  return `vulnerabilities ${oneLine(report.platform)}: ${countsOf(judgement)}`;
}

function grid(rows: readonly Row[]): string {
  return aligned([
    COLUMNS.map(([title]) => title),
    ...rows.map((row) => COLUMNS.map(([, cell]) => oneLine(cell(row)))),
  ]);
}

function withReasons(rows: readonly Row[]): string {
  const lines = rows.map((row) => [row.id, `${row.package} ${row.installed}`, row.severity, row.reason]);
  return aligned(lines.map((cells) => cells.map((cell) => oneLine(cell))));
}

function aligned(lines: readonly (readonly string[])[]): string {
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((cells) => cells[column]!.length)));
  return lines
    .map((cells) => `  ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join("  ")}`.trimEnd())
    .join("\n");
}
