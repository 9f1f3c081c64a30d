import { isObject, isOneOf, isOptional, isText } from "../shape.ts";
import { isReleaseRecord } from "../parse-record.ts";
import type { ReleaseRecord } from "../record.ts";

/** One run of a release that has come to an end. */
export type Run = ReleasedRun | FailedRun;

export interface ReleasedRun {
  readonly outcome: "success";
  /** Registry and repository, without tag. */
  readonly name: string;
  /** Of the index that the record is attached to. */
  readonly digest: string;
  readonly record: ReleaseRecord;
}

/** Known where it happened and nowhere else: there is no digest in a registry that could tell of it. */
export interface FailedRun {
  readonly outcome: "failure";
  readonly name: string;
  readonly version: string;
  readonly branch?: string;
  readonly revision?: string;
  /** RFC 3339, as in records. */
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly trigger: ReleaseRecord["trigger"];
  /** That failed; undefined where none had begun. */
  readonly stage?: string;
  /** For people; bounded and without secrets: whoever adds it sees to that. */
  readonly cause: string;
  /** Of the image, where it came to one. */
  readonly digest?: string;
}

/** A record names its digest in its reference. */
export function releasedRun(name: string, record: ReleaseRecord): ReleasedRun {
  const { reference } = record;
  return { outcome: "success", name, digest: reference.slice(reference.indexOf("@") + 1), record };
}

/** What runs of either outcome have. */
export function runFacts(run: Run): Omit<FailedRun, "outcome" | "stage" | "cause"> {
  if (run.outcome === "failure") return run;
  const { name, digest, record } = run;
  const { version, startedAt, finishedAt, trigger, source } = record;
  const { branch, revision } = source;
  return {
    name,
    digest,
    version,
    startedAt,
    finishedAt,
    trigger,
    ...(branch === undefined ? {} : { branch }),
    ...(revision === undefined ? {} : { revision }),
  };
}

const released = isObject({
  outcome: isOneOf("success"),
  name: isText,
  digest: isText,
  record: isReleaseRecord,
});

const failed = isObject({
  outcome: isOneOf("failure"),
  name: isText,
  version: isText,
  branch: isOptional(isText),
  revision: isOptional(isText),
  startedAt: isText,
  finishedAt: isText,
  trigger: isObject({ who: isText, what: isText }),
  stage: isOptional(isText),
  cause: isText,
  digest: isOptional(isText),
});

export function isRun(value: unknown): value is Run {
  return released(value) || failed(value);
}
