import { dirname, resolve } from "node:path";
import { type Digest, type Repository, type SeaworthyError } from "@seaworthy/oci";
import {
  type Applied,
  type RetentionPlan,
  type Shelf,
  type UndoRecord,
  applyPlan,
  deploymentsIn,
  leftBy,
  planRetention,
  survey,
  undo,
} from "@seaworthy/release";
import { type AskOptions, askEnvironments } from "../clean/ask-environments.ts";
import { openShelf } from "../clean/open-shelf.ts";
import { planJson } from "../clean/plan-json.ts";
import { appliedLines, planText, undoneLines } from "../clean/plan-text.ts";
import { UndoFiles } from "../clean/undo-files.ts";
import { environmentConfig } from "../config/environment-config.ts";
import { CliError } from "../error.ts";
import { ExitCode } from "../exit-code.ts";
import type { Machine } from "../machine/machine.ts";
import { printable } from "../progress/text.ts";
import { type Project, openProject } from "./context.ts";
import { givenName, imageName } from "./image-name.ts";

export interface CleanFlags {
  readonly apply?: boolean;
  readonly json?: boolean;
  readonly undo?: string;
  /** Environments that are not asked what they need. */
  readonly unasked?: readonly string[];
  readonly image?: string;
  readonly config?: string;
}

/** What the places that run images say they need, besides what evidence tells: to each digest where. */
export type AskRunning = (project: Project, name: string) => Promise<ReadonlyMap<Digest, string>>;

export interface CleanTools {
  readonly signal: AbortSignal;
  /** Default: the environments of the config. */
  readonly running?: AskRunning;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** Shows what retention would delete, or deletes it. @returns the exit code */
export async function runClean(machine: Machine, flags: CleanFlags, tools: CleanTools): Promise<number> {
  const said = new Set<string>();
  // A plan is made twice, and finds the same broken evidence.
  const warn = (line: string): void => {
    if (!said.has(line)) machine.stderr.write(`! ${printable(line)}\n`);
    said.add(line);
  };
  const project = await openProject(machine, flags.config);
  const name = imageName(project, givenName(flags.image, warn));
  const { shelf, repository } = await openShelf(machine, project, name, { warn, signal: tools.signal });
  const files = new UndoFiles(dirname(project.storeDir));
  if (flags.undo !== undefined)
    return restore(machine, resolve(machine.cwd, flags.undo), { shelf, name, files, ...tools });
  const now = (tools.now ?? Date.now)();
  const { apply = false, unasked = [] } = flags;
  for (const environment of unasked) environmentConfig(project.config, environment);
  const asking = { apply, unasked };
  const cleaning = { machine, project, name, shelf, repository, files, warn, at: now, asking, ...tools };
  const plan = await makePlan(cleaning);
  if (flags.json !== true) machine.stdout.write(`${planText(plan, now)}\n`);
  const applied =
    flags.apply === true && shelf !== undefined ? await carryOut(cleaning, shelf, plan) : undefined;
  if (flags.json === true) machine.stdout.write(`${planJson(plan, applied)}\n`);
  const lines = applied === undefined ? hints(plan) : appliedLines(applied);
  for (const line of lines) machine.stderr.write(`${line}\n`);
  return (applied?.refused.length ?? 0) === 0 ? ExitCode.done : ExitCode.failed;
}

interface Cleaning extends CleanTools {
  readonly machine: Machine;
  readonly project: Project;
  readonly name: string;
  readonly shelf: Shelf | undefined;
  readonly repository: Repository;
  readonly files: UndoFiles;
  readonly warn: (line: string) => void;
  readonly at: number;
  readonly asking: Pick<AskOptions, "apply" | "unasked">;
}

async function makePlan(cleaning: Cleaning): Promise<RetentionPlan> {
  const { machine, project, name, shelf, repository, files, warn, signal, at } = cleaning;
  const left = leftBy(await files.recent(), name);
  const found =
    shelf === undefined
      ? { name, items: new Map(), others: [], dangling: [] }
      : await survey(shelf, { also: left, signal });
  const onProblem = ({ message }: SeaworthyError): void => warn(message);
  const { deployed, unclear } = await deploymentsIn(found, repository, { onProblem, signal });
  const needed = await (cleaning.running?.(project, name) ??
    askEnvironments(machine, project, { ...cleaning.asking, repository, warn, signal }));
  const protect = new Map<Digest, readonly string[]>(unclear);
  for (const [digest, why] of needed) protect.set(digest, [...(protect.get(digest) ?? []), why]);
  const { retention: policy } = project.config;
  return planRetention(found, { policy, deployed, protect, left: new Set(left), now: at });
}

async function carryOut(cleaning: Cleaning, shelf: Shelf, plan: RetentionPlan): Promise<Applied> {
  const { machine, files, name, at, signal } = cleaning;
  let written: { readonly path: string; readonly record: UndoRecord } | undefined;
  const applied = await applyPlan(shelf, plan, {
    replan: () => makePlan(cleaning),
    remember: async (versions) => {
      const record = { image: name, at: new Date(at).toISOString(), versions, finished: false };
      written = { path: await files.write(record), record };
      machine.stderr.write(`to undo: seaworthy clean --undo ${written.path}\n`);
    },
    signal,
  });
  if (written !== undefined) await files.finish(written.path, written.record);
  return applied;
}

function hints({ waves, frees }: RetentionPlan): readonly string[] {
  return waves.length + frees.size === 0 ? [] : ["nothing was deleted; --apply does it"];
}

interface RestoreOptions {
  readonly shelf: Shelf | undefined;
  readonly name: string;
  readonly files: UndoFiles;
  readonly signal: AbortSignal;
}

async function restore(
  { stderr }: Machine,
  path: string,
  { shelf, name, files, signal }: RestoreOptions,
): Promise<number> {
  const record = await files.read(path);
  if (shelf === undefined) throw new CliError("usage", `${path}: there is no store to restore into`);
  if (record.image !== name) {
    throw new CliError("usage", `${path}: is of ${record.image}, expected ${name}`, {
      hint: `add --image ${record.image}`,
    });
  }
  const undone = await undo(shelf, record, signal);
  for (const line of undoneLines(undone)) stderr.write(`${line}\n`);
  return undone.some(({ restoring }) => restoring.is === "lost") ? ExitCode.failed : ExitCode.done;
}
