import { type FailedRun, type ReleaseRecord, type Run, runFacts } from "@seaworthy/release";
import { formatMs } from "../progress/format.ts";
import { brief, printable } from "../progress/text.ts";
import type { OneRun } from "./history.ts";
import { gateLines, platformLines, stageLines, tagLines, testLines } from "./sections.ts";

const LABEL = 9;
const INDENT = 2;
const LONGEST_CAUSE = 10_000;

/** One run in full, with bars for what is better seen than read. */
export function runText({ run, previous }: Pick<OneRun, "run" | "previous">, width = 100): string {
  const lines =
    run.outcome === "failure" ? failureLines(run) : releaseLines(run.record, previous.get(run.record), width);
  return [...headLines(run), ...lines].join("\n");
}

function headLines(run: Run): readonly string[] {
  const { name, version, digest, trigger, finishedAt, branch, revision } = runFacts(run);
  const dirty = run.outcome === "success" && run.record.source.dirty;
  const source = `${brief(revision ?? "no commit", 40)}${branch === undefined ? "" : ` on ${brief(branch, 40)}`}`;
  return [
    labelled(run.outcome === "failure" ? "failed" : "release", brief(version, 80)),
    labelled("image", brief(name, 120)),
    ...(digest === undefined ? [] : [labelled("digest", brief(digest, 80))]),
    labelled("finished", finishedAt.replace("T", " ").replace("Z", " UTC")),
    labelled("by", `${brief(trigger.who, 40)}: ${brief(trigger.what, 60)}`),
    labelled("source", `${source}${dirty ? ", with uncommitted changes" : ""}`),
  ];
}

function failureLines({ stage, cause, startedAt, finishedAt }: FailedRun): readonly string[] {
  const lines = printable(cause.slice(0, LONGEST_CAUSE)).replaceAll("\t", "  ").split("\n");
  const took = formatMs(Date.parse(finishedAt) - Date.parse(startedAt));
  const where = stage === undefined ? "" : ` in ${brief(stage, 40)}`;
  return [labelled("after", took), ...section(`failed${where}`, lines)];
}

function releaseLines(
  record: ReleaseRecord,
  previous: ReleaseRecord | undefined,
  width: number,
): readonly string[] {
  const { stages, steps, tests = [], gates = [] } = record;
  const took = stages.reduce((sum, { ms }) => sum + ms, 0);
  const since = previous === undefined ? "" : `  compared with ${brief(previous.version, 40)}`;
  return [
    labelled("took", `${formatMs(took)}, ${steps.cached} of ${steps.total} steps cached`),
    ...section("stages", stageLines(stages, width - INDENT)),
    ...section(`platforms${since}`, platformLines(record, previous, width - INDENT)),
    ...section("tests", testLines(tests)),
    ...section("gates", gateLines(gates)),
    ...section("tags", tagLines(record)),
  ];
}

function labelled(label: string, text: string): string {
  return `${label.padEnd(LABEL)}${text}`;
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ["", title, ...lines.map((line) => `${" ".repeat(INDENT)}${line}`)];
}
