import { dirname } from "node:path";
import { type FailedRun, type RecordIndex, type ReleaseRecord, releasedRun } from "@seaworthy/release";
import type { RunReport } from "../ci/report.ts";
import { makeOwnFolder } from "../machine/store.ts";
import type { RunFacts } from "./announcement.ts";

export interface Remembering {
  readonly facts: RunFacts;
  readonly index: RecordIndex;
  readonly storeDir: string;
  readonly startedAt: string;
  readonly now: () => string;
  /** Nothing that this machine keeps secret goes to the disk. */
  readonly strikeOut: (text: string) => string;
}

const LONGEST = 1_000;

/** Puts a run into the local index: its record where it was released, what went wrong where it was not. */
export async function remember(
  run: RunReport,
  record: ReleaseRecord | undefined,
  { facts, index, storeDir, startedAt, now, strikeOut }: Remembering,
): Promise<void> {
  const { name, version, revision, branch, trigger } = facts;
  if (run.outcome.is === "released") {
    if (record !== undefined) await index.add(releasedRun(name, record));
    return;
  }
  const { error } = run.outcome;
  const stage = run.seen.failures[0]?.stage;
  const failed: FailedRun = {
    outcome: "failure",
    name,
    version,
    startedAt,
    trigger,
    finishedAt: now(),
    cause: strikeOut(error instanceof Error ? error.message : String(error)).slice(0, LONGEST),
    ...(branch === undefined ? {} : { branch }),
    ...(revision === undefined ? {} : { revision }),
    ...(stage === undefined ? {} : { stage }),
  };
  // A disk that takes nothing must not hide why the run failed; the index says so itself.
  await makeOwnFolder(dirname(storeDir)).catch(() => undefined);
  await index.add(failed);
}
