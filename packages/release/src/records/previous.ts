import type { ReleaseRecord } from "../record.ts";

/**
 * To each release the one before it on the same branch: what its size is compared with. Releases of no branch are taken
 * for one more.
 * @param records newest first
 */
export function previousReleases(
  records: readonly ReleaseRecord[],
): ReadonlyMap<ReleaseRecord, ReleaseRecord> {
  const last = new Map<string, ReleaseRecord>();
  const previous = new Map<ReleaseRecord, ReleaseRecord>();
  for (const record of records.toReversed()) {
    const branch = record.source.branch ?? "";
    const before = last.get(branch);
    if (before !== undefined) previous.set(record, before);
    last.set(branch, record);
  }
  return previous;
}
