import { type Descriptor, type Repository, SeaworthyError } from "@seaworthy/oci";
import { type Evidence, eachStatement } from "@seaworthy/evidence";
import { DAMAGED } from "../damaged.ts";
import { ReleaseError } from "../error.ts";
import { isReleaseRecord } from "../parse-record.ts";
import { RECORD_TYPE, type ReleaseRecord } from "../record.ts";

/** Those of one digest; one that is released again and again has a few. */
const MAX_RECORDS = 100;
/** Bytes. An honest one has two thousand. */
const MAX_RECORD = 1 << 20;

export interface FoundRecord {
  readonly record: ReleaseRecord;
  /** Bytes of its statement. */
  readonly size: number;
}

export interface FindRecordsOptions {
  /** Told of what is labelled as a record and is none; it is passed over. */
  readonly onProblem: (problem: SeaworthyError) => void;
  readonly signal: AbortSignal;
}

/**
 * The records of one digest, one by one. Anybody who may push may attach some: what cannot be one is passed over, and no
 * more is read than an honest release would ever leave.
 */
export async function* recordsOf(
  repository: Repository,
  target: Pick<Descriptor, "digest">,
  { onProblem, signal }: FindRecordsOptions,
): AsyncGenerator<FoundRecord> {
  const bounds = { predicateType: RECORD_TYPE, most: MAX_RECORDS, largest: MAX_RECORD };
  try {
    for await (const evidence of eachStatement(repository, target, { ...bounds, onProblem, signal })) {
      const found = recordIn(evidence, target);
      if (found !== undefined) yield found;
      else onProblem(noRecord(evidence));
    }
  } catch (error) {
    // A list that is broken, or longer than anybody reads, must not hide the releases of other digests.
    if (!(error instanceof SeaworthyError) || !DAMAGED.has(error.code)) throw error;
    onProblem(error);
  }
}

function noRecord({ manifest: { digest } }: Evidence): ReleaseError {
  return new ReleaseError("invalid-record", `evidence ${digest}: is no release record`);
}

function recordIn({ statement }: Evidence, { digest }: Pick<Descriptor, "digest">): FoundRecord | undefined {
  const size = sizeOf(statement);
  const { predicate: record } = statement;
  if (size === undefined || !isReleaseRecord(record)) return undefined;
  // A copied image has the name of where it was made in its record; its digest is the same everywhere.
  const isAboutThis = record.reference.endsWith(`@${digest}`);
  return isAboutThis && isTime(record.startedAt) && isTime(record.finishedAt) ? { record, size } : undefined;
}

/** They are sorted by time, so a time has to be one. */
function isTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) && !Number.isNaN(Date.parse(text));
}

/** Undefined for what can be read and not be written again: lists in lists, half a million deep. */
function sizeOf(value: unknown): number | undefined {
  try {
    return JSON.stringify(value).length;
  } catch {
    return undefined;
  }
}
