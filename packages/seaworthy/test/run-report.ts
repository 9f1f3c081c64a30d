import type { Released, RunReport, Seen } from "../src/ci/report.ts";

const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;
export const [OLD, NEW] = [digest("3"), digest("4")];

export const NOTHING_SEEN: Seen = { stages: [], steps: [], warnings: [], failures: [] };

export const RELEASED: Released = {
  reference: `ghcr.io/acme/web@${NEW}`,
  version: "1.4.0",
  platforms: [{ platform: "linux/amd64", size: 81_300_000, verify: "passed" }],
  tags: [
    { tag: "1.4.0", to: NEW },
    { tag: "1.4", from: OLD, to: NEW },
    { tag: "1", from: OLD, to: OLD, reason: "2.0.0 is newer than 1.4.0" },
  ],
  bytesSent: 41_300_000,
  changed: true,
};

export function releasedRun(more: Partial<Released> = {}, seen: Partial<Seen> = {}): RunReport {
  return {
    root: "/repo/app",
    outcome: { is: "released", release: { ...RELEASED, ...more } },
    ms: 53_600,
    seen: { ...NOTHING_SEEN, ...seen },
  };
}

export function failedRun(error: unknown, seen: Partial<Seen> = {}): RunReport {
  return {
    root: "/repo/app",
    outcome: { is: "failed", error },
    ms: 900,
    seen: { ...NOTHING_SEEN, ...seen },
  };
}
