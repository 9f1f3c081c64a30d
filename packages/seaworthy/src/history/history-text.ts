import { table } from "../table.ts";
import { cut, widthOf } from "../progress/text.ts";
import type { History } from "./history.ts";
import { type Row, rowOf } from "./row.ts";

type Cell = (row: Row) => string;
/** Title and cells; undefined where the column is left out. Shown in the order of the keys. */
type Columns = Readonly<Record<string, readonly [title: string, cell: Cell] | undefined>>;

const ALL: Columns = {
  finished: ["finished (UTC)", ({ finished }) => finished],
  version: ["version", ({ version }) => version],
  outcome: ["outcome", ({ outcome }) => outcome],
  digest: ["digest", ({ digest }) => digest],
  platforms: ["platforms", ({ platforms }) => platforms],
  took: ["took", ({ took }) => took],
  tags: ["tags", ({ tags }) => tags],
  by: ["by", ({ by }) => by],
};

/** What is given up for width, one after the other, until it fits. */
const STEPS: readonly Columns[] = [
  { platforms: ["platforms", ({ shortPlatforms }) => shortPlatforms] },
  { tags: ["other tags", ({ otherTags }) => otherTags] },
  { by: ["by", ({ by }) => cut(by, 10)] },
  { outcome: ["", ({ mark }) => mark] },
  { platforms: ["size", ({ size }) => size] },
  { by: undefined },
  { digest: ["digest", ({ digest }) => digest.slice(0, 7)] },
  {
    version: ["version", ({ version }) => cut(version, 20)],
    tags: ["other tags", ({ otherTags }) => cut(otherTags, 12)],
  },
  { took: undefined },
  { tags: undefined },
];

/** @param width columns of the terminal; without it nothing is given up */
export function historyText(
  { runs, previous }: Pick<History, "runs" | "previous">,
  width = Number.POSITIVE_INFINITY,
): string {
  const rows = runs.map((run) =>
    rowOf(run, run.outcome === "success" ? previous.get(run.record) : undefined),
  );
  const failed = runs.some(({ outcome }) => outcome === "failure");
  let columns: Columns = failed ? ALL : { ...ALL, outcome: undefined };
  let lines = linesOf(columns, rows);
  for (const step of STEPS) {
    if (lines.every((line) => widthOf(line) <= width)) break;
    // A column that is not shown is not brought back.
    const known = Object.entries(step).filter(([name]) => columns[name] !== undefined);
    columns = { ...columns, ...Object.fromEntries(known) };
    lines = linesOf(columns, rows);
  }
  return lines.map((line) => cut(line, width)).join("\n");
}

function linesOf(columns: Columns, rows: readonly Row[]): readonly string[] {
  const shown = Object.values(columns).filter((column) => column !== undefined);
  const cells = rows.map((row) => shown.map(([, cell]) => cell(row)));
  return table(
    shown.map(([title]) => title),
    cells,
  ).split("\n");
}
