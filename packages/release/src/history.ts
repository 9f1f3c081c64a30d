import type { Descriptor, Repository, SeaworthyError } from "@seaworthy/oci";
import pLimit from "p-limit";
import { type ReleaseRecord, findRecords } from "./record.ts";

export interface HistoryOptions {
  /** Told of what was passed over: broken records, and tags beyond the bound. */
  readonly onProblem: (problem: SeaworthyError | string) => void;
  readonly signal: AbortSignal;
}

const MAX_TAGS = 2_000;
/** Questions to the registry at once. */
const PARALLEL = 8;

/** Every release the registry knows of, newest first: the registry is the database. */
export async function readHistory(
  repository: Repository,
  { onProblem, signal }: HistoryOptions,
): Promise<readonly ReleaseRecord[]> {
  const tags = await repository.tags(signal);
  if (tags.length > MAX_TAGS) onProblem(`history: looked at ${MAX_TAGS} of ${tags.length} tags`);
  const limit = pLimit(PARALLEL);
  const targets = await Promise.all(
    tags.slice(0, MAX_TAGS).map((tag) => limit(() => repository.resolve(tag, signal))),
  );
  const digests = new Map(
    targets.flatMap((target) => (target === undefined ? [] : [[target.digest, target]])),
  );
  const records = await Promise.all(
    [...digests.values()].map((target: Descriptor) =>
      limit(() => findRecords(repository, target, { onProblem, signal })),
    ),
  );
  return records.flat().toSorted(newestFirst);
}

function newestFirst(a: ReleaseRecord, b: ReleaseRecord): number {
  return a.finishedAt < b.finishedAt ? 1 : a.finishedAt > b.finishedAt ? -1 : 0;
}
