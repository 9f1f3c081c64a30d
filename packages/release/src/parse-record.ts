import type { ReleaseRecord } from "./record.ts";
import { isCount, isFlag, isListOf, isObject, isOneOf, isOptional, isText } from "./shape.ts";

const record = isObject({
  version: isText,
  reference: isText,
  startedAt: isText,
  finishedAt: isText,
  trigger: isObject({ who: isText, what: isText }),
  source: isObject({ dirty: isFlag, revision: isOptional(isText), branch: isOptional(isText) }),
  stages: isListOf(isObject({ name: isText, status: isText, ms: isCount })),
  steps: isObject({ cached: isCount, total: isCount }),
  platforms: isListOf(
    isObject({
      platform: isText,
      digest: isText,
      size: isCount,
      layers: isListOf(isCount),
      verify: isOneOf("passed", "failed", "not-run"),
      startMs: isOptional(isCount),
      memory: isOptional(isCount),
    }),
  ),
  tags: isListOf(isObject({ tag: isText, from: isOptional(isText), to: isText })),
  tests: isOptional(isListOf(isObject({ name: isText, status: isText, ms: isCount }))),
  gates: isOptional(isListOf(isObject({ name: isText, status: isText, found: isText, allowed: isText }))),
});

/** What readers of a record count on is there and of its type. */
export function isReleaseRecord(value: unknown): value is ReleaseRecord {
  return record(value);
}
