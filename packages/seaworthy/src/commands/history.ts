import { type HistoryOptions, listRuns, oneRun } from "../history/history.ts";
import { historyText } from "../history/history-text.ts";
import type { Places } from "../history/read-releases.ts";
import { historyJson, runJson } from "../history/run-json.ts";
import { runText } from "../history/run-text.ts";
import type { Machine } from "../machine/machine.ts";
import { openRecords } from "../machine/records.ts";
import { printable } from "../progress/text.ts";
import { openProject } from "./context.ts";
import { existingRepository } from "./destination.ts";
import { imageName } from "./image-name.ts";

export interface HistoryFlags {
  readonly config?: string;
  readonly rebuild?: boolean;
  readonly json?: boolean;
  /** These three are of the list. */
  readonly limit?: number;
  readonly branch?: string;
  readonly failed?: boolean;
}

const SHOWN = 20;

/** The releases of this repository's image as a table, or as JSON; where they were read is said on stderr. */
export async function printHistory(
  machine: Machine,
  { json = false, limit = json ? Number.POSITIVE_INFINITY : SHOWN, ...flags }: HistoryFlags,
  signal: AbortSignal,
): Promise<void> {
  const { stdout } = machine;
  const options = optionsOf(machine, flags, signal);
  const history = await listRuns(await openPlaces(machine, flags, options), { ...flags, limit }, options);
  stdout.write(`${json ? historyJson(history.runs) : historyText(history, stdout.columns)}\n`);
  say(machine, history.notes);
}

/** One of them in full. */
export async function printRun(
  machine: Machine,
  wanted: string,
  { json = false, ...flags }: HistoryFlags,
  signal: AbortSignal,
): Promise<void> {
  const { stdout } = machine;
  const options = optionsOf(machine, flags, signal);
  const found = await oneRun(await openPlaces(machine, flags, options), wanted, options);
  stdout.write(`${json ? runJson(found.run) : runText(found, stdout.columns)}\n`);
  say(machine, found.notes);
}

function optionsOf(
  { stderr }: Machine,
  { rebuild = false }: HistoryFlags,
  signal: AbortSignal,
): HistoryOptions {
  return { rebuild, signal, warn: (line) => void stderr.write(`! ${printable(line)}\n`) };
}

async function openPlaces(
  machine: Machine,
  { config }: HistoryFlags,
  { warn, signal }: HistoryOptions,
): Promise<Places> {
  const project = await openProject(machine, config);
  const name = imageName(project);
  const repository = await existingRepository(machine, project, name, signal);
  const { storeDir } = project;
  return { name, repository, index: openRecords(storeDir, warn), storeDir };
}

function say({ stderr }: Machine, notes: readonly string[]): void {
  for (const note of notes) stderr.write(`${note}\n`);
}
