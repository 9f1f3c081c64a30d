import { type Descriptor, type Repository } from "@seaworthy/oci";
import { attachStatement, findStatements, statementAbout } from "@seaworthy/evidence";
import type { TagMove } from "./publish.ts";
import type { Source } from "./source.ts";
import type { PlatformResult } from "./verify/checks.ts";

export const RECORD_TYPE = "https://seaworthy.dev/release-record/v1";

/** What happened in one release. Attached to the index it published. Times RFC 3339, durations in milliseconds. */
export interface ReleaseRecord {
  readonly version: string;
  readonly reference: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly trigger: { readonly who: string; readonly what: string };
  readonly source: Source;
  readonly stages: readonly { readonly name: string; readonly status: string; readonly ms: number }[];
  readonly steps: { readonly cached: number; readonly total: number };
  readonly platforms: readonly {
    readonly platform: string;
    readonly digest: string;
    /** Compressed bytes. */
    readonly size: number;
    readonly layers: readonly number[];
    readonly verify: PlatformResult["status"];
    /** Median of the services. */
    readonly startMs?: number;
    /** Largest of the services, bytes. */
    readonly memory?: number;
  }[];
  readonly tags: readonly TagMove[];
}

export async function attachRecord(
  repository: Repository,
  index: Descriptor,
  name: string,
  record: ReleaseRecord,
  signal: AbortSignal,
): Promise<void> {
  await attachStatement(
    repository,
    index,
    statementAbout(index, { name, predicateType: RECORD_TYPE, predicate: record }),
    {
      key: record.version,
      signal,
    },
  );
}

/** The records of one digest; of one version only where it is given. */
export async function findRecords(
  repository: Repository,
  index: Pick<Descriptor, "digest">,
  version?: string,
): Promise<readonly ReleaseRecord[]> {
  const found = await findStatements<ReleaseRecord>(repository, index, {
    predicateType: RECORD_TYPE,
    ...(version === undefined ? {} : { key: version }),
  });
  return found.map(({ statement }) => statement.predicate);
}

/** Every release the registry knows of, newest first: the registry is the database. */
export async function readHistory(
  repository: Repository,
  signal?: AbortSignal,
): Promise<readonly ReleaseRecord[]> {
  const digests = new Map<string, Descriptor>();
  for (const tag of await repository.tags(signal)) {
    const target = await repository.resolve(tag, signal);
    if (target !== undefined) digests.set(target.digest, target);
  }
  const records = await Promise.all([...digests.values()].map((target) => findRecords(repository, target)));
  return records.flat().toSorted((a, b) => (a.finishedAt < b.finishedAt ? 1 : -1));
}
