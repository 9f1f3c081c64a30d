import { randomUUID } from "node:crypto";
import { appendFile, stat } from "node:fs/promises";
import type { Machine } from "../../machine/machine.ts";
import { folded } from "../folded.ts";
import { outputsOf } from "../outputs.ts";
import type { RunReport } from "../report.ts";
import type { CiReporter } from "../reporter.ts";
import { summaryOf } from "../summary/summary.ts";
import { annotationsOf } from "./annotations.ts";
import { mute, workflowCommand } from "./commands.ts";
import { outputText } from "./output-text.ts";

/** The runner takes nothing from a larger file. */
const MAX_SUMMARY = 1 << 20;

/** Annotations, outputs and a summary of the job. Commands go to stderr, which the runner reads as well as stdout. */
export function githubReporter({ env, stderr }: Pick<Machine, "env" | "stderr">): CiReporter {
  const command = (line: string): void => void stderr.write(`${line}\n`);
  return {
    stderr: mute(stderr),
    fold: (progress) =>
      folded(progress, {
        open: (name) => command(workflowCommand("group", {}, name)),
        close: () => command(workflowCommand("endgroup", {}, "")),
      }),
    async report(run) {
      for (const line of annotationsOf(run, env["GITHUB_WORKSPACE"] ?? run.root)) command(line);
      const { GITHUB_OUTPUT: outputs, GITHUB_STEP_SUMMARY: summary } = env;
      const written = await Promise.allSettled([
        writeTo(outputs, (file) => writeOutputs(file, run)),
        writeTo(summary, (file) => writeSummary(file, run)),
      ]);
      for (const result of written) {
        if (result.status === "rejected") command(workflowCommand("warning", {}, String(result.reason)));
      }
    },
  };
}

async function writeTo(file: string | undefined, write: (file: string) => Promise<void>): Promise<void> {
  if (file !== undefined && file !== "") await write(file);
}

async function writeOutputs(file: string, run: RunReport): Promise<void> {
  await appendFile(file, outputText(outputsOf(run), `seaworthy-${randomUUID()}`));
}

/** The file is the step's: what is in it already takes of the room. */
async function writeSummary(file: string, run: RunReport): Promise<void> {
  const { size } = await stat(file).catch(() => ({ size: 0 }));
  if (size < MAX_SUMMARY) await appendFile(file, summaryOf(run, MAX_SUMMARY - size, await findingsOf(run)));
}

/** A part for each platform. */
async function findingsOf({ scans = [] }: RunReport): Promise<readonly string[]> {
  if (scans.length === 0) return [];
  const { scanMarkdown } = await import("@seaworthy/evidence/vulnerabilities");
  return scans.map((scanned) => scanMarkdown([scanned]).trimEnd());
}
