import type { Descriptor } from "@seaworthy/oci";
import { isCount, isListOf, isObject, isOneOf, isOptional, isText } from "../shape.ts";
import type { StageTime } from "../stages/stage.ts";
import type { TestResult } from "../tests/test.ts";

export const PARTIAL_TYPE = "https://seaworthy.dev/partial-release/v1";

/** What one runner did for one platform. Filed under the platform's slot; times RFC 3339. */
export interface Partial {
  readonly platform: string;
  /** Of the image; pushed by digest, with the evidence about it. */
  readonly manifest: Pick<Descriptor, "mediaType" | "digest" | "size">;
  /** The commit it was built from. */
  readonly revision: string;
  /** Of everything else it was made from. */
  readonly request: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly who: string;
  readonly stages: readonly StageTime[];
  readonly steps: { readonly cached: number; readonly total: number };
  readonly tests: readonly TestResult[];
}

const shape = isObject({
  platform: isText,
  manifest: isObject({ mediaType: isText, digest: isText, size: isCount }),
  revision: isText,
  request: isText,
  startedAt: isText,
  finishedAt: isText,
  who: isText,
  stages: isListOf(isObject({ name: isText, status: isText, ms: isCount })),
  steps: isObject({ cached: isCount, total: isCount }),
  tests: isListOf(
    isObject({ name: isText, status: isOneOf("passed"), ms: isCount, log: isOptional(isText) }),
  ),
});

/** Foreign JSON: anybody who may push may file something there. A part whose tests did not pass is none. */
export function isPartial(value: unknown): value is Partial {
  return shape(value);
}
