import { type ReleaseRecord, type Run, previousReleases, runFacts } from "@seaworthy/release";
import { CliError } from "../error.ts";
import { formatAge } from "../progress/format.ts";
import { findRun } from "./find-run.ts";
import { type Places, type Reading, readRegistry, readReleases } from "./read-releases.ts";

export interface HistoryFilter {
  readonly limit: number;
  readonly branch?: string;
  /** Runs that failed on this machine, too. */
  readonly failed?: boolean;
}

export interface HistoryOptions {
  /** Read the registry although there is an index. */
  readonly rebuild: boolean;
  readonly warn: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface History {
  /** Newest first. */
  readonly runs: readonly Run[];
  /** What the size of a release is compared with. */
  readonly previous: ReadonlyMap<ReleaseRecord, ReleaseRecord>;
  /** For people: where it was read, how old it is, what is left out. */
  readonly notes: readonly string[];
}

/** Releases as index or registry have them, and failures as this machine remembers them. */
export async function listRuns(
  places: Places,
  { limit, branch, failed = false }: HistoryFilter,
  { rebuild, warn, signal }: HistoryOptions,
): Promise<History> {
  const reading = await (rebuild ? readRegistry : readReleases)(places, signal, warn);
  const failures = failed ? await failuresOf(places) : [];
  const all = newestFirst([...reading.releases, ...failures]).filter(
    (run) => branch === undefined || runFacts(run).branch === branch,
  );
  const left = Math.max(0, all.length - limit);
  const more = `${left} older ${left === 1 ? "one is" : "ones are"} not shown; --limit ${all.length} shows all`;
  return {
    runs: all.slice(0, limit),
    previous: comparedWith(reading),
    notes: [sourceOf(reading), ...(left === 0 ? [] : [more])],
  };
}

export interface OneRun extends Pick<History, "previous" | "notes"> {
  readonly run: Run;
}

/**
 * One run. Where the index does not know it the registry is asked: somebody else may have released it.
 * @param wanted version, digest or commit
 * @throws CliError `usage` where there is none, or where shortened digits fit several
 */
export async function oneRun(
  places: Places,
  wanted: string,
  { rebuild, warn, signal }: HistoryOptions,
): Promise<OneRun> {
  const failures = await failuresOf(places);
  for (const read of rebuild ? [readRegistry] : [readReleases, readRegistry]) {
    const reading = await read(places, signal, warn);
    const found = findRun(newestFirst([...reading.releases, ...failures]), wanted);
    if (found !== undefined) {
      const { run, others } = found;
      const more = `${others} older ${others === 1 ? "run" : "runs"} of it not shown`;
      const notes = [sourceOf(reading), ...(others === 0 ? [] : [more])];
      return { run, previous: comparedWith(reading), notes };
    }
    if (reading.from === "registry") break;
  }
  throw new CliError("usage", `history: there is no release ${JSON.stringify(wanted)} of ${places.name}`, {
    hint: '"seaworthy history" lists versions and digests; a commit will do as well',
  });
}

function failuresOf({ index, name }: Places): Promise<readonly Run[]> {
  return index.list({ name, outcome: "failure" });
}

function comparedWith({ releases }: Reading): History["previous"] {
  return previousReleases(releases.map(({ record }) => record));
}

function newestFirst(runs: readonly Run[]): readonly Run[] {
  const timed = runs.map((run) => ({ run, at: runFacts(run).finishedAt }));
  return timed.toSorted((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0)).map(({ run }) => run);
}

function sourceOf({ from, readAt, releases: { length } }: Reading): string {
  const count = `${length} ${length === 1 ? "release" : "releases"}`;
  const age = formatAge(Date.now() - readAt);
  return from === "registry"
    ? `${count} in the registry`
    : `${count} in the local index, which asked the registry ${age} ago; --rebuild asks it again`;
}
