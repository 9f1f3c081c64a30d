import type { Scanned } from "@seaworthy/evidence/vulnerabilities";
import type { RunReport } from "../ci/report.ts";
import type { Machine } from "../machine/machine.ts";
import type { Display } from "../progress/display.ts";
import { printable } from "../progress/text.ts";
import type { Project } from "./context.ts";
import type { EventOptions } from "./event.ts";

/** As the gate has judged them: a table of what it refuses, a line where it refuses nothing. */
export async function sayScans(scans: readonly Scanned[], display: Pick<Display, "say">): Promise<void> {
  const { scanLine, scanTable } = await import("@seaworthy/evidence/vulnerabilities");
  for (const scanned of scans) {
    display.say(scanned.judgement.refused ? `\n${scanTable(scanned)}\n` : scanLine(scanned));
  }
}

export interface HandingOver {
  readonly machine: Machine;
  readonly display: Pick<Display, "say">;
  readonly signal: AbortSignal;
}

/** To GitHub code scanning, whatever came of the run; that it cannot be done is said and fails nothing. */
export async function handScansOver(
  { scans = [] }: RunReport,
  project: Project | undefined,
  event: EventOptions,
  { machine, display, signal }: HandingOver,
): Promise<void> {
  if (scans.length === 0 || project === undefined || signal.aborted) return;
  const say = (line: string): void => display.say(printable(line));
  try {
    const { uploadScans } = await import("./upload-scans.ts");
    await uploadScans(machine, project, scans, event, say, signal);
  } catch (error) {
    if (!signal.aborted) say(`! code scanning: ${error instanceof Error ? error.message : String(error)}`);
  }
}
