import type { ReleaseResult } from "@seaworthy/release";
import type { PlatformLine, Released } from "./report.ts";

/** A result as a CI shows it. */
export function releasedOf(result: ReleaseResult): Released {
  const { reference, version, tags, verification, sizes, bytesSent, changed, notPushed } = result;
  const platforms = sizes.map(({ platform, size }): PlatformLine => {
    const verified = verification.find((candidate) => candidate.platform === platform);
    const starts = verified?.checks.flatMap(({ startMs }) => startMs ?? []) ?? [];
    const memories = verified?.checks.flatMap(({ memory }) => memory ?? []) ?? [];
    return {
      platform,
      size,
      verify: verified?.status ?? "not-run",
      ...(verified?.reason === undefined ? {} : { reason: verified.reason }),
      ...(starts.length === 0 ? {} : { startMs: medianOf(starts) }),
      ...(memories.length === 0 ? {} : { memory: Math.max(...memories) }),
    };
  });
  return {
    reference,
    version,
    platforms,
    tags,
    bytesSent,
    changed,
    ...(notPushed === undefined ? {} : { notPushed }),
  };
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}
