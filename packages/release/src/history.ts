import type { Repository, SeaworthyError } from "@seaworthy/oci";
import pLimit from "p-limit";
import type { ReleaseRecord } from "./record.ts";
import { recordsOf } from "./records/of-digest.ts";

export interface HistoryOptions {
  /** Told of what was passed over: broken records, and what is beyond the bounds. */
  readonly onProblem: (problem: SeaworthyError | string) => void;
  readonly signal: AbortSignal;
}

const MAX_TAGS = 10_000;
/** Questions to the registry at once. */
const PARALLEL = 8;
/** Of all records together: sixteen thousand honest ones. */
const MAX_BYTES = 32 << 20;

/** Every release the registry knows of, newest first: the registry is the database. */
export async function readHistory(
  repository: Repository,
  { onProblem, signal }: HistoryOptions,
): Promise<readonly ReleaseRecord[]> {
  const tags = await repository.tags(signal);
  if (tags.length > MAX_TAGS) onProblem(`history: looked at ${MAX_TAGS} of ${tags.length} tags`);
  const seen = new Set<string>();
  const records: ReleaseRecord[] = [];
  let bytes = 0;
  const limit = pLimit(PARALLEL);
  try {
    await limit.map(tags.slice(0, MAX_TAGS), async (tag) => {
      const target = bytes > MAX_BYTES ? undefined : await repository.resolve(tag, signal);
      if (target === undefined || seen.has(target.digest)) return;
      seen.add(target.digest);
      for await (const { record, size } of recordsOf(repository, target, { onProblem, signal })) {
        bytes += size;
        if (bytes > MAX_BYTES) return;
        records.push(record);
      }
    });
  } finally {
    // After a failure nothing more is begun.
    limit.clearQueue();
  }
  if (bytes > MAX_BYTES) onProblem(`history: stopped after ${records.length} releases of ${MAX_BYTES} bytes`);
  return records.toSorted(newestFirst);
}

function newestFirst(a: ReleaseRecord, b: ReleaseRecord): number {
  return (
    compare(b.finishedAt, a.finishedAt) ||
    compare(b.startedAt, a.startedAt) ||
    compare(a.version, b.version) ||
    compare(a.reference, b.reference)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
