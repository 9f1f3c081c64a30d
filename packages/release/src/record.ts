import type { Descriptor, Repository, SeaworthyError, StoredImage } from "@seaworthy/oci";
import { type Attach, findStatements, statementAbout } from "@seaworthy/evidence";
import { ReleaseError } from "./error.ts";
import { isReleaseRecord } from "./parse-record.ts";
import type { GateResult } from "./gates/gate.ts";
import type { Published, TagMove } from "./publish.ts";
import type { ReleaseRequest, Trigger } from "./request.ts";
import type { Source } from "./source.ts";
import type { StageTime } from "./stages/stage.ts";
import type { TestResult } from "./tests/test.ts";
import type { CheckResult, PlatformResult } from "./verify/checks.ts";

export const RECORD_TYPE = "https://seaworthy.dev/release-record/v1";

/** What happened in one release. Attached to the index it published. Times RFC 3339, durations in milliseconds. */
export interface ReleaseRecord {
  readonly version: string;
  readonly reference: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly trigger: Trigger;
  readonly source: Source;
  /** All but the record's own. */
  readonly stages: readonly StageTime[];
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
  /** Absent in records of before there were any. */
  readonly tests?: readonly Pick<TestResult, "name" | "status" | "ms">[];
  readonly gates?: readonly GateResult[];
}

/** What a record is made from. */
export interface Happened {
  readonly request: ReleaseRequest;
  readonly version: string;
  readonly reference: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly stages: readonly StageTime[];
  readonly steps: ReleaseRecord["steps"];
  readonly tests: readonly TestResult[];
  readonly gates: readonly GateResult[];
  readonly images: readonly StoredImage[];
  readonly results: readonly PlatformResult[];
  readonly published: Published;
}

export function recordOf(happened: Happened): ReleaseRecord {
  const { request, version, reference, startedAt, finishedAt, stages, steps, images, results } = happened;
  const { tests, gates } = happened;
  return {
    version,
    reference,
    startedAt,
    finishedAt,
    trigger: request.trigger,
    source: request.source,
    stages,
    steps,
    platforms: images.map(({ platform, manifest, size, layers }) => {
      const result = results.find(({ digest }) => digest === manifest.digest);
      return {
        platform,
        digest: manifest.digest,
        size,
        layers: layers.map((layer) => layer.size),
        verify: result?.status ?? "not-run",
        ...measured(result?.checks ?? []),
      };
    }),
    tags: happened.published.moves,
    ...(tests.length === 0 ? {} : { tests: tests.map(({ name, status, ms }) => ({ name, status, ms })) }),
    ...(gates.length === 0 ? {} : { gates }),
  };
}

function measured(checks: readonly CheckResult[]): { startMs?: number; memory?: number } {
  const starts = checks.flatMap(({ startMs }) => startMs ?? []).toSorted((a, b) => a - b);
  const memories = checks.flatMap(({ memory }) => memory ?? []);
  return {
    ...(starts.length === 0 ? {} : { startMs: starts[starts.length >> 1]! }),
    ...(memories.length === 0 ? {} : { memory: Math.max(...memories) }),
  };
}

export async function attachRecord(
  repository: Repository,
  index: Descriptor,
  {
    name,
    record,
    attach,
  }: { readonly name: string; readonly record: ReleaseRecord; readonly attach: Attach },
  signal: AbortSignal,
): Promise<void> {
  await attach(
    repository,
    index,
    statementAbout(index, { name, predicateType: RECORD_TYPE, predicate: record }),
    {
      key: record.version,
      signal,
    },
  );
}

export interface RecordsOptions {
  /** Only those of one version. */
  readonly version?: string;
  /** Told of what is labelled as a record and is none; it is passed over. */
  readonly onProblem: (problem: SeaworthyError) => void;
  readonly signal: AbortSignal;
}

/** The records of one digest. Anybody who may push may attach some, so what is read is checked. */
export async function findRecords(
  repository: Repository,
  index: Pick<Descriptor, "digest">,
  { version, onProblem, signal }: RecordsOptions,
): Promise<readonly ReleaseRecord[]> {
  const found = await findStatements(repository, index, {
    predicateType: RECORD_TYPE,
    ...(version === undefined ? {} : { key: version }),
    onProblem,
    signal,
  });
  return found.flatMap(({ manifest, statement: { predicate } }) => {
    if (isReleaseRecord(predicate)) return [predicate];
    onProblem(new ReleaseError("invalid-record", `evidence ${manifest.digest}: is no release record`));
    return [];
  });
}
