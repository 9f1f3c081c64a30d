import { oneLine } from "./one-line.ts";
import { type Row, type Scanned, basisOf, countsOf, rowsOf } from "./scanned.ts";

/** What a job summary may hold is bounded (GitHub: 1 MiB), and what anybody reads is too. */
const MOST_ROWS = 100;

/** For a job summary. Everything foreign is escaped: a package's name must not become a link or an image. */
export function scanMarkdown(scans: readonly Scanned[]): string {
  return `${scans.map(section).join("\n\n")}\n`;
}

function section(scanned: Scanned): string {
  const { image, report, judgement } = scanned;
  const rows = rowsOf(scanned);
  const mark = judgement.refused ? "❌" : "✅";
  const expired = judgement.expired.map(
    ({ id, owner, expires }) => `the exception of ${owner} for ${id} expired on ${expires}`,
  );
  const problems = report.problems.map(({ message }) => message);
  return [
    `### ${mark} ${escaped(`${image} ${report.platform}`)}: ${countsOf(judgement)}`,
    escaped(basisOf(report)),
    ...table(rows.filter(({ verdict }) => verdict === "refused")),
    ...details(
      "excepted",
      rows.filter(({ verdict }) => verdict === "excepted"),
    ),
    ...[...expired, ...problems].map((line) => `> ${escaped(line)}`),
  ].join("\n\n");
}

function table(rows: readonly Row[]): readonly string[] {
  if (rows.length === 0) return [];
  const lines = rows
    .slice(0, MOST_ROWS)
    .map((row) => [row.package, row.installed, row.fixedIn, row.severity, link(row), row.place, row.advice]);
  const head = ["Package", "Installed", "Fixed in", "Severity", "Id", "Brought by", "What to do"];
  const text = [head, head.map(() => "---"), ...lines.map(cells)]
    .map((line) => `| ${line.join(" | ")} |`)
    .join("\n");
  return rows.length > MOST_ROWS ? [text, `… and ${rows.length - MOST_ROWS} more`] : [text];
}

/** All but the link, which is made of escaped parts. */
function cells(line: readonly string[]): readonly string[] {
  return line.map((cell, column) => (column === 4 ? cell : escaped(cell)));
}

function details(title: string, rows: readonly Row[]): readonly string[] {
  if (rows.length === 0) return [];
  const lines = rows
    .slice(0, MOST_ROWS)
    .map((row) => `- ${link(row)} ${escaped(`${row.package}: ${row.reason}`)}`);
  return [`<details><summary>${rows.length} ${title}</summary>\n\n${lines.join("\n")}\n\n</details>`];
}

/** Only where it is an address of the web: scanners may say anything. */
function link({ id, url }: Row): string {
  const address = URL.parse(url);
  if (address?.protocol !== "https:") return escaped(id);
  return `[${escaped(id)}](<${address.href.replaceAll(/[<>()|\s]/g, encodeURIComponent)}>)`;
}

function escaped(text: string): string {
  return oneLine(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(/[\\`*_{}[\]()#+!|~@>.:-]/g, (character) => `\\${character}`);
}
