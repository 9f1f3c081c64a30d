import { formatMs } from "../../progress/format.ts";
import { cut, oneLine } from "../../progress/text.ts";
import type { Seen, Span } from "../report.ts";

/** The slowest of a stage; more would be no picture any more. */
const STEPS_PER_STAGE = 8;
const MAX_STAGES = 12;
/** Shorter than this a step is no bar that anybody could see. */
const VISIBLE = 0.01;
const MAX_NAME = 56;

/** A Mermaid Gantt chart of stages and their slowest steps; undefined where nothing ran. */
export function timelineOf({ stages, steps }: Seen): string | undefined {
  if (stages.length === 0) return undefined;
  const total = Math.max(...stages.map(({ start, ms }) => start + ms), 1);
  const sections = stages.slice(0, MAX_STAGES).flatMap((stage) => {
    const within = steps.filter((step) => step.stage === stage.name && step.ms >= total * VISIBLE);
    const slowest = within.toSorted((a, b) => b.ms - a.ms).slice(0, STEPS_PER_STAGE);
    const shown = slowest.toSorted((a, b) => a.start - b.start);
    return [
      `  section ${textOf(stage.name)}`,
      ...[stage, ...shown].map((span) => `  ${taskOf(span, stage)}`),
    ];
  });
  return ["gantt", "  dateFormat x", `  axisFormat ${axisOf(total)}`, "  todayMarker off", ...sections].join(
    "\n",
  );
}

/** Seconds and milliseconds since 1970 are the same in every time zone; minutes are not. */
function axisOf(total: number): string {
  return total < 5_000 ? "%Q ms" : "%s s";
}

/** The time comes first: a name that begins with a word of Mermaid's would be read as that word. */
function taskOf(span: Span, stage: Span): string {
  const { name, start, ms, status } = span;
  const marks =
    status === "failed" ? "crit, " : span === stage ? "active, " : status === "done" ? "" : "done, ";
  const [from, to] = [Math.round(start), Math.max(Math.round(start) + 1, Math.round(start + ms))];
  return `${formatMs(ms)} · ${textOf(name)} :${marks}${from}, ${to}`;
}

/** `RUN --mount=type=cache,target=/root/.npm npm ci`: what runs is of interest, and where there is no room, that alone. */
const FLAGS = /^(\[[^\]]*\] [A-Z]+)(?: --\S+)+/;

/** Without what Mermaid's grammar of a Gantt chart takes for its own, and without what it would draw as HTML. */
function textOf(name: string): string {
  const brief = oneLine(name.slice(0, 1_000)).replace(FLAGS, "$1");
  const plain = cut(brief, MAX_NAME).replaceAll(/[^\p{L}\p{M}\p{N} .,/@=+*()[\]'"$!?…⏎_-]/gu, " ");
  return plain.replaceAll(/ {2,}/g, " ").trim() || "step";
}
