import { formatBytes, formatMs } from "../../progress/format.ts";
import type { GateLine, PlatformLine, Seen, StepSpan, TagLine, TestLine } from "../report.ts";
import { code, markdownTable } from "./markdown.ts";

const RESULT = {
  passed: "✅ passed",
  failed: "❌ failed",
  refused: "❌ refused",
  skipped: "➖ skipped",
  "not-run": "➖ not run",
} as const;

export function platformsTable(platforms: readonly PlatformLine[]): string {
  const grew = platforms.some(({ sizeBefore }) => sizeBefore !== undefined);
  const cellsOf = ({ platform, size, sizeBefore, verify, reason, startMs, memory }: PlatformLine) => [
    code(platform),
    formatBytes(size),
    ...(grew ? [growth(size, sizeBefore)] : []),
    `${RESULT[verify]}${reason === undefined ? "" : `: ${code(reason)}`}`,
    startMs === undefined ? "–" : formatMs(startMs),
    memory === undefined ? "–" : formatBytes(memory),
  ];
  const header = ["platform", "size", ...(grew ? ["growth"] : []), "verify", "starts in", "memory"];
  return markdownTable(header, platforms, cellsOf, grew ? [1, 2, 4, 5] : [1, 3, 4]);
}

function growth(size: number, before: number | undefined): string {
  if (before === undefined) return "new";
  const change = size - before;
  if (change === 0) return "none";
  const sign = change > 0 ? "+" : "−";
  const percent = before === 0 ? "" : ` (${sign}${((Math.abs(change) / before) * 100).toFixed(1)} %)`;
  return `${sign}${formatBytes(Math.abs(change))}${percent}`;
}

export function tagsTable(tags: readonly TagLine[]): string {
  return markdownTable(["tag", "from", "to", "why"], tags, ({ tag, from, to, reason }) => [
    code(tag),
    from === undefined ? "new" : from === to ? "stays" : code(brief(from)),
    code(brief(to)),
    reason === undefined ? "" : code(reason),
  ]);
}

/** Enough to tell one digest from another. */
function brief(digest: string): string {
  return digest.slice(0, "sha256:".length + 12);
}

export function testsTable(tests: readonly TestLine[]): string {
  const cellsOf = ({ name, status, ms }: TestLine) => [code(name), RESULT[status], formatMs(ms)];
  return markdownTable(["test", "result", "took"], tests, cellsOf, [2]);
}

export function gatesTable(gates: readonly GateLine[]): string {
  const hinted = gates.some(({ hint }) => hint !== undefined);
  const header = ["gate", "result", "found", "allowed", ...(hinted ? ["next"] : [])];
  return markdownTable(header, gates, ({ name, status, found, allowed, hint }) => [
    code(name),
    RESULT[status],
    code(found),
    code(allowed),
    ...(hinted ? [hint === undefined ? "" : code(hint)] : []),
  ]);
}

const SLOWEST = 5;

/** Undefined where nothing took long, or one step was all there was. */
export function slowestTable({ steps }: Seen): string | undefined {
  const slow = steps.filter(({ status, ms }) => status === "done" && ms >= 100);
  if (slow.length < 2) return undefined;
  const slowest = slow.toSorted((a, b) => b.ms - a.ms).slice(0, SLOWEST);
  const cellsOf = ({ name, stage, ms }: StepSpan) => [code(name), code(stage), formatMs(ms)];
  return markdownTable(["slowest steps", "stage", "took"], slowest, cellsOf, [2]);
}
