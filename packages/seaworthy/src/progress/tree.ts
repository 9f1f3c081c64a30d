import type { Progress, ProgressEvent } from "@seaworthy/builder";
import { formatBytes, formatMs } from "./format.ts";
import { cut, oneLine, widthOf } from "./text.ts";

interface Task {
  readonly name: string;
  readonly parent: string | undefined;
  readonly started: number;
  last: string;
  advance: string;
  end?: { readonly status: string; readonly ms: number; readonly note: string | undefined };
}

export interface Room {
  readonly columns: number;
  readonly rows: number;
}

/** The state of all steps, drawn as a tree; knows nothing of terminals. */
export interface Tree {
  readonly update: Progress;
  /** Never larger than the room; finished children fold into their parent's line, unless they failed. */
  draw(room: Room, now: number): readonly string[];
}

const MARKS: Readonly<Record<string, string>> = { done: "✓", cached: "✓", skipped: "-", failed: "✗" };
const MAX_CHILDREN = 10;

export function createTree(clock: () => number): Tree {
  const tasks = new Map<string, Task>();
  return {
    update: (event) => apply(tasks, event, clock),
    draw({ columns, rows }, now) {
      const tops = [...tasks].filter(([, { parent }]) => parent === undefined || !tasks.has(parent));
      // One line stays free for the cursor.
      const room = Math.max(1, rows - 1);
      const perTop = Math.max(0, room - tops.length);
      const lines = tops.flatMap(([id, task]) => [
        headline(task, now),
        ...below(tasks, id, task, perTop, now),
      ]);
      return lines.slice(-room).map((line) => fit(line, columns));
    },
  };
}

function apply(tasks: Map<string, Task>, event: ProgressEvent, clock: () => number): void {
  if (event.type === "warning") return;
  if (event.type === "start") {
    const name = oneLine(event.name);
    tasks.set(event.id, { name, parent: event.parent, started: clock(), last: "", advance: "" });
    return;
  }
  const task = tasks.get(event.id);
  if (task === undefined) return;
  switch (event.type) {
    case "end":
      task.end = { status: event.status, ms: event.ms, note: event.note };
      return;
    case "output": {
      const last = event.text.split(/[\r\n]+/).findLast((line) => line.trim() !== "");
      if (last !== undefined) task.last = oneLine(last);
      return;
    }
    case "advance":
      task.advance = `  ${formatBytes(event.done)}${event.total === undefined ? "" : ` of ${formatBytes(event.total)}`}`;
  }
}

/** A line in parts: a name that is too long gives way to the time that stands behind it. */
interface Line {
  readonly name: string;
  readonly time?: string;
  readonly note?: string;
}

function fit({ name, time = "", note = "" }: Line, columns: number): string {
  const room = Math.max(Math.ceil(columns / 2), columns - widthOf(time));
  return cut(`${cut(name, room)}${time}${note}`, columns);
}

function headline({ name, started, advance, end }: Task, now: number, indent = ""): Line {
  if (end === undefined) {
    return { name: `${indent}◌ ${name}`, time: ` ${formatMs(now - started)}`, note: advance };
  }
  const time = end.status === "cached" ? "cached" : formatMs(end.ms);
  const note = end.note === undefined ? "" : `  ${oneLine(end.note)}`;
  return { name: `${indent}${MARKS[end.status] ?? "?"} ${name}`, time: ` ${time}`, note };
}

function below(
  tasks: ReadonlyMap<string, Task>,
  top: string,
  { end }: Task,
  room: number,
  now: number,
): readonly Line[] {
  const mine = [...tasks.values()].filter((task) => task.parent !== undefined && leadsTo(tasks, task, top));
  if (end === undefined) return children(mine, room, now);
  if (end.status !== "failed") return [];
  const failed = mine.filter((task) => task.end?.status === "failed");
  return failed.slice(0, room).map((task) => headline(task, now, "  "));
}

function leadsTo(tasks: ReadonlyMap<string, Task>, task: Task, top: string): boolean {
  for (let { parent } = task, depth = 0; parent !== undefined && depth < 8; depth += 1) {
    if (parent === top) return true;
    parent = tasks.get(parent)?.parent;
  }
  return false;
}

/** What runs comes first, then what it says, then what has just ended. */
function children(mine: readonly Task[], room: number, now: number): readonly Line[] {
  const running = mine.filter(({ end }) => end === undefined);
  const finished = mine.filter(({ end }) => end !== undefined);
  const shown = running.slice(0, running.length > room ? Math.max(0, room - 1) : MAX_CHILDREN);
  const more = running.length - shown.length;
  let left = room - shown.length - (more > 0 ? 1 : 0);
  const says = new Set(shown.filter(({ last }) => last !== "").slice(0, Math.max(0, left)));
  left -= says.size;
  const most = Math.max(0, Math.min(left - 1, MAX_CHILDREN - shown.length));
  const recent = most === 0 ? [] : finished.slice(-most);
  const earlier = finished.length - recent.length;
  return [
    ...(earlier > 0 && left > 0 ? [{ name: `  ✓ ${earlier} earlier steps` }] : []),
    ...recent.map((task) => headline(task, now, "  ")),
    ...shown.flatMap((task) => [
      headline(task, now, "  "),
      ...(says.has(task) ? [{ name: `      ${task.last}` }] : []),
    ]),
    ...(more > 0 ? [{ name: `  ◌ ${more} more` }] : []),
  ];
}
