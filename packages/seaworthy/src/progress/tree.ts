import type { Progress, ProgressEvent } from "@seaworthy/builder";
import { formatBytes, formatMs, printable } from "./format.ts";

interface Task {
  readonly name: string;
  readonly parent: string | undefined;
  readonly started: number;
  last: string;
  advance: string;
  end?: { readonly status: string; readonly ms: number; readonly note: string | undefined };
}

/** The state of all steps, drawn as a tree; knows nothing of terminals. */
export interface Tree {
  readonly update: Progress;
  /** At most `columns` wide; finished children fold into their parent's line. */
  draw(columns: number, now: number): readonly string[];
}

const MARKS: Readonly<Record<string, string>> = { done: "✓", cached: "✓", skipped: "-", failed: "✗" };
const MAX_CHILDREN = 10;

export function createTree(clock: () => number): Tree {
  const tasks = new Map<string, Task>();
  const warnings: string[] = [];
  return {
    update: (event) => apply(tasks, warnings, event, clock),
    draw(columns, now) {
      const lines = warnings.slice(-3).map((message) => `! ${message}`);
      for (const [id, task] of tasks) {
        if (task.parent !== undefined && tasks.has(task.parent)) continue;
        lines.push(headline(task, now));
        if (task.end === undefined) lines.push(...children(tasks, id, now));
      }
      return lines.map((line) => cut(line, columns));
    },
  };
}

function apply(
  tasks: Map<string, Task>,
  warnings: string[],
  event: ProgressEvent,
  clock: () => number,
): void {
  if (event.type === "warning") {
    warnings.push(event.message);
    return;
  }
  if (event.type === "start") {
    tasks.set(event.id, { name: event.name, parent: event.parent, started: clock(), last: "", advance: "" });
    return;
  }
  const task = tasks.get(event.id);
  if (task === undefined) return;
  if (event.type === "end") task.end = { status: event.status, ms: event.ms, note: event.note };
  else if (event.type === "output") task.last = printable(event.text.trimEnd().split("\n").at(-1) ?? "");
  else
    task.advance =
      event.total === undefined
        ? formatBytes(event.done)
        : `${formatBytes(event.done)} of ${formatBytes(event.total)}`;
}

function headline({ name, started, end }: Task, now: number): string {
  if (end === undefined) return `◌ ${name} ${formatMs(now - started)}`;
  const time = end.status === "cached" ? "cached" : formatMs(end.ms);
  return `${MARKS[end.status] ?? "?"} ${name} ${time}${end.note === undefined ? "" : `  ${end.note}`}`;
}

function children(tasks: ReadonlyMap<string, Task>, parent: string, now: number): readonly string[] {
  const mine = [...tasks.values()].filter((task) => task.parent === parent);
  const running = mine.filter(({ end }) => end === undefined);
  const finished = mine.filter(({ end }) => end !== undefined);
  const lines: string[] = [];
  const hidden = Math.max(0, finished.length - Math.max(0, MAX_CHILDREN - running.length));
  if (hidden > 0) lines.push(`  ✓ ${hidden} earlier steps`);
  for (const task of finished.slice(hidden)) lines.push(`  ${headline(task, now)}`);
  for (const task of running.slice(0, MAX_CHILDREN)) {
    lines.push(`  ${headline(task, now)}${task.advance === "" ? "" : `  ${task.advance}`}`);
    if (task.last !== "") lines.push(`      ${task.last}`);
  }
  return lines;
}

/** By code points; good enough for file names and commands. */
function cut(line: string, columns: number): string {
  const points = Array.from(line);
  return points.length <= columns ? line : `${points.slice(0, Math.max(1, columns - 1)).join("")}…`;
}
