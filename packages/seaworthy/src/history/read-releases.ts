import { existsSync } from "node:fs";
import { dirname } from "node:path";
import type { Repository, SeaworthyError } from "@seaworthy/oci";
import { type RecordIndex, type ReleasedRun, readHistory, releasedRun } from "@seaworthy/release";
import { recordsFile } from "../machine/records.ts";
import { makeOwnFolder } from "../machine/store.ts";

export interface Reading {
  /** Newest first. */
  readonly releases: readonly ReleasedRun[];
  readonly from: "index" | "registry";
  /** Milliseconds since 1970: when the registry was asked. */
  readonly readAt: number;
}

export interface Places {
  /** Registry and repository. */
  readonly name: string;
  readonly repository: Repository;
  readonly index: RecordIndex;
  readonly storeDir: string;
}

/** What is passed over is told up to here; the rest is counted. */
const MOST_WARNINGS = 5;

/** The local index where it knows this image; else the registry, which then fills it. */
export async function readReleases(
  places: Places,
  signal: AbortSignal,
  warn: (line: string) => void,
): Promise<Reading> {
  const { name, index } = places;
  const readAt = await index.readAt(name);
  if (readAt === undefined) return readRegistry(places, signal, warn);
  const releases = (await index.list({ name, outcome: "success" })).filter(isReleased);
  // A registry that had nothing then may have something now, and an index that was damaged is empty.
  return releases.length === 0 ? readRegistry(places, signal, warn) : { releases, from: "index", readAt };
}

/** The registry alone. A repository nothing was ever released from gets no index. */
export async function readRegistry(
  { name, repository, index, storeDir }: Places,
  signal: AbortSignal,
  warn: (line: string) => void,
): Promise<Reading> {
  const readAt = Date.now();
  const told = few(warn);
  const records = await readHistory(repository, { onProblem: told.warn, signal });
  told.rest();
  const releases = records.map((record) => releasedRun(name, record));
  const file = recordsFile(storeDir);
  if (releases.length > 0 || existsSync(file)) {
    await makeOwnFolder(dirname(file)).catch(({ message }: Error) => warn(message));
    await index.replace(name, releases, readAt);
  }
  return { releases, from: "registry", readAt };
}

function isReleased(run: { readonly outcome: string }): run is ReleasedRun {
  return run.outcome === "success";
}

/** Anybody who may push may push a thousand broken records. */
function few(warn: (line: string) => void): {
  readonly warn: (problem: SeaworthyError | string) => void;
  readonly rest: () => void;
} {
  let count = 0;
  return {
    warn(problem) {
      if (++count > MOST_WARNINGS) return;
      warn(typeof problem === "string" ? problem : `passed over ${problem.message}`);
    },
    rest() {
      if (count > MOST_WARNINGS) warn(`passed over ${count - MOST_WARNINGS} more`);
    },
  };
}
