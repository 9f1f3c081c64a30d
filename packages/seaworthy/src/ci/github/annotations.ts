import { relative, resolve } from "node:path";
import { type Place, SeaworthyError } from "@seaworthy/oci";
import { describeError, isAbort } from "../../describe-error.ts";
import type { GateLine, Notice, RunReport } from "../report.ts";
import { workflowCommand } from "./commands.ts";

/** GitHub shows ten of each kind a step. */
const MAX_SHOWN = 10;
const MAX_MESSAGE = 4_000;

/** From a place as messages name it to one as GitHub does. */
type Locate = (place: Place | undefined) => Place | undefined;

/**
 * Workflow commands that put what went wrong beside the line that is to blame.
 * @param workspace what GitHub names files from
 */
export function annotationsOf(run: RunReport, workspace: string): readonly string[] {
  const at: Locate = (place) =>
    place && { ...place, file: relative(workspace, resolve(run.root, place.file)) };
  const warning = ({ message, place }: Notice): string =>
    workflowCommand("warning", { ...at(place) }, cut(message));
  return [...errorsOf(run, at), ...run.seen.warnings.slice(0, MAX_SHOWN).map(warning)];
}

function errorsOf({ outcome, gates = [], seen }: RunReport, at: Locate): readonly string[] {
  if (outcome.is === "released" || isAbort(outcome.error)) return [];
  const refused = gates.filter(({ status }) => status === "refused");
  if (refused.length > 0) return refused.slice(0, MAX_SHOWN).map(refusal);
  const { error } = outcome;
  const place = error instanceof SeaworthyError ? error.place : undefined;
  const stage = seen.failures[0]?.stage;
  const title = stage === undefined ? "seaworthy failed" : `${stage} failed`;
  return [workflowCommand("error", { ...at(place), title }, cut(sentenceOf(error)))];
}

function refusal({ name, found, allowed, hint }: GateLine): string {
  const next = hint === undefined ? "" : `\n→ ${hint}`;
  return workflowCommand(
    "error",
    { title: `gate refused: ${name}` },
    cut(`found ${found}; allowed: ${allowed}${next}`),
  );
}

/** What happened and what to do; the marked lines and the output are in the log, and the file is right there. */
function sentenceOf(error: unknown): string {
  if (!(error instanceof SeaworthyError)) return describeError(error).replace(/^error: /, "");
  const message = error.place?.line === undefined ? error.message : (error.message.split("\n")[0] ?? "");
  return `${message}${error.hint === undefined ? "" : `\n→ ${error.hint}`}`;
}

function cut(text: string): string {
  return text.length > MAX_MESSAGE ? `${text.slice(0, MAX_MESSAGE)}…` : text;
}
