import { digestOf } from "@seaworthy/oci";
import type { ReleaseRecord } from "../src/record.ts";

/** A record of one platform; its digest follows from its version. */
export function releaseRecord(
  version: string,
  finishedAt: string,
  more: Partial<ReleaseRecord> = {},
): ReleaseRecord {
  const digest = digestOf(version);
  return {
    version,
    reference: `example.org/app@${digest}`,
    startedAt: finishedAt,
    finishedAt,
    trigger: { who: "me", what: "seaworthy release" },
    source: { dirty: false, branch: "main" },
    stages: [{ name: "build", status: "done", ms: 5 }],
    steps: { cached: 0, total: 1 },
    platforms: [{ platform: "linux/amd64", digest, size: 3, layers: [1, 2], verify: "passed" }],
    tags: [{ tag: version, to: digest }],
    ...more,
  };
}
