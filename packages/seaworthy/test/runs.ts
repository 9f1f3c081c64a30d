import { digestOf } from "@seaworthy/oci";
import { type FailedRun, type ReleaseRecord, type ReleasedRun, releasedRun } from "@seaworthy/release";

export const NAME = "ghcr.io/acme/web";
const OLD = digestOf("old");

/** A release of two platforms on `main`; the day is one of November. */
export function released(version: string, day: number, more: Partial<ReleaseRecord> = {}): ReleasedRun {
  const digest = digestOf(version);
  const at = `2026-11-${String(day).padStart(2, "0")}T10:00`;
  return releasedRun(NAME, {
    version,
    reference: `${NAME}@${digest}`,
    startedAt: `${at}:00Z`,
    finishedAt: `${at}:22Z`,
    trigger: { who: "lena", what: "seaworthy release" },
    source: { dirty: false, branch: "main", revision: digestOf(`commit ${version}`).slice(7, 47) },
    stages: [
      { name: "build", status: "done", ms: 15_000 },
      { name: "verify", status: "cached", ms: 5_000 },
      { name: "publish", status: "done", ms: 2_000 },
    ],
    steps: { cached: 3, total: 12 },
    platforms: ["linux/amd64", "linux/arm64"].map((platform) => ({
      platform,
      digest,
      size: 50_000_000 + day * 100_000,
      layers: [40_000_000, 10_000_000, 120],
      verify: platform === "linux/amd64" ? "passed" : "not-run",
      ...(platform === "linux/amd64" ? { startMs: 471, memory: 106_000_000 } : {}),
    })),
    tags: [
      { tag: version, to: digest },
      { tag: "main", from: OLD, to: digest },
      { tag: "latest", from: OLD, to: digest },
    ],
    ...more,
  });
}

export function failed(version: string, day: number, more: Partial<FailedRun> = {}): FailedRun {
  const at = `2026-11-${String(day).padStart(2, "0")}T10:00`;
  return {
    outcome: "failure",
    name: NAME,
    version,
    branch: "main",
    startedAt: `${at}:00Z`,
    finishedAt: `${at}:18Z`,
    trigger: { who: "lena", what: "seaworthy release" },
    stage: "verify",
    cause: "web: no answer within 3000 ms, expected status 200\n  | cannot reach the database",
    ...more,
  };
}
