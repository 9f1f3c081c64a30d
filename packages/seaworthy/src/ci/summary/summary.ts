import { SeaworthyError } from "@seaworthy/oci";
import { describeError, exitCodeOf, isAbort } from "../../describe-error.ts";
import { ExitCode } from "../../exit-code.ts";
import { formatBytes, formatMs } from "../../progress/format.ts";
import type { FailedStep, Released, RunReport } from "../report.ts";
import { code, codeBlock, markdownTable } from "./markdown.ts";
import { gatesTable, platformsTable, slowestTable, tagsTable, testsTable } from "./sections.ts";
import { timelineOf } from "./timeline.ts";

/**
 * A run as Markdown, the outcome first.
 * @param room bytes; what does not fit is left out, and that is said
 * @param findings of scans, as Markdown
 */
export function summaryOf(run: RunReport, room: number, findings: readonly string[] = []): string {
  return fitting([...outcomeParts(run), ...detailParts(run, findings)], room);
}

function outcomeParts(run: RunReport): readonly string[] {
  return run.outcome.is === "released"
    ? releasedParts(run.outcome.release, run)
    : failedParts(run.outcome.error, run);
}

function releasedParts(release: Released, { ms, seen }: RunReport): readonly string[] {
  const { reference, version, changed, notPushed, bytesSent, platforms, tags } = release;
  const [name = "", digest = ""] = reference.split("@");
  const what =
    notPushed !== undefined ? "🔎 Built, not pushed:" : changed ? "✅ Released" : "✅ Nothing changed:";
  const cached = seen.steps.filter(({ status }) => status === "cached").length;
  const facts = [
    `took ${formatMs(ms)}`,
    ...(seen.steps.length === 0 ? [] : [`${cached} of ${seen.steps.length} steps cached`]),
    ...(bytesSent === 0 ? [] : [`${formatBytes(bytesSent)} sent`]),
  ];
  return [
    `## ${what} ${code(name)} ${code(version)}`,
    ...(notPushed === undefined ? [] : [`Nothing was pushed: ${code(notPushed)}`]),
    `${code(digest)}<br>${facts.join(", ")}`,
    ...(tags.length === 0 ? [] : [tagsTable(tags)]),
    ...(platforms.length === 0 ? [] : [platformsTable(platforms)]),
  ];
}

function failedParts(error: unknown, { ms, seen }: RunReport): readonly string[] {
  const stage = seen.stages.find(({ status }) => status === "failed")?.name;
  const at = stage === undefined ? "" : ` in ${code(stage)}`;
  const what = isAbort(error)
    ? "⏹️ Interrupted"
    : exitCodeOf(error) === ExitCode.refused
      ? "⛔ Refused"
      : "❌ Failed";
  const cause = codeBlock(error instanceof SeaworthyError ? error.message : describeError(error));
  const hint = error instanceof SeaworthyError ? error.hint : undefined;
  return [
    `## ${what}${at} after ${formatMs(ms)}`,
    cause,
    ...(hint === undefined ? [] : [`**Next:** ${code(hint)}`]),
    ...seen.failures.flatMap((failure) => outputParts(failure, cause)),
  ];
}

/** The errors of most steps show their last lines themselves. */
function outputParts({ name, lastLines }: FailedStep, cause: string): readonly string[] {
  const last = lastLines.at(-1);
  if (last === undefined || cause.includes(last.slice(0, 100))) return [];
  return [`Last lines of ${code(name)}:`, codeBlock(lastLines.join("\n"))];
}

function detailParts(
  { seen, tests = [], gates = [] }: RunReport,
  findings: readonly string[],
): readonly string[] {
  const timeline = timelineOf(seen);
  const slowest = slowestTable(seen);
  const { warnings } = seen;
  return [
    ...(tests.length === 0 ? [] : [testsTable(tests)]),
    ...(gates.length === 0 ? [] : [gatesTable(gates)]),
    ...findings,
    ...(timeline === undefined ? [] : [codeBlock(timeline, "mermaid")]),
    ...(slowest === undefined ? [] : [slowest]),
    ...(warnings.length === 0
      ? []
      : [markdownTable(["warnings"], warnings, ({ message }) => [code(message)])]),
  ];
}

const LEFT_OUT = "The rest is left out: a summary holds no more. It is all in the log.";

/** Whole parts only: half a table is worse than none. */
function fitting(parts: readonly string[], room: number): string {
  let left = room - Buffer.byteLength(LEFT_OUT) - 1;
  const shown: string[] = [];
  for (const part of parts) {
    left -= Buffer.byteLength(part) + 2;
    if (left < 0) return [...shown, LEFT_OUT, ""].join("\n\n").trimEnd().concat("\n");
    shown.push(part);
  }
  return `${shown.join("\n\n")}\n`;
}
