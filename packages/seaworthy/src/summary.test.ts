import { parseDigest } from "@seaworthy/oci";
import type { ReleasePlan, ReleaseResult } from "@seaworthy/release";
import { describe, expect, it } from "vitest";
import { planText, releaseText } from "./summary.ts";

const digest = parseDigest(`sha256:${"de74fe5468da966c".repeat(4)}`);
const moves = [
  { tag: "main-4b35282", to: digest },
  { tag: "latest", from: `sha256:${"0".repeat(64)}`, to: digest },
];

const OLD = `sha256:${"0".repeat(64)}`;

const plan: ReleasePlan = {
  name: "127.0.0.1:5000/acme/web",
  version: "main-4b35282",
  revision: "4b35282aa0f7c0d3b0e6b1f4f8c5f1c7d2e3a4b5",
  dirty: false,
  trigger: { who: "me", what: "test" },
  platforms: [
    { platform: "linux/amd64" },
    { platform: "linux/arm64", cannotRun: "linux/arm64: no emulator" },
  ],
  bases: [],
  tags: [
    { tag: "main-4b35282", does: "move", reason: "new" },
    { tag: "latest", from: OLD, does: "move", reason: "commit b follows a" },
    { tag: "1", from: OLD, does: "behind", reason: "1.2.4 is published already" },
    { tag: "main", from: OLD, does: "refused", reason: "commit b does not follow a" },
  ],
  tests: [["lint"], ["unit", "end to end"]],
  checks: ["a", "b", "c", "d", "e"],
  gates: [{ name: "size", allowed: "60.0 MB a platform" }],
};

it("a plan is a table", () => {
  expect(planText(plan)).toBe(
    [
      "plan",
      "image     127.0.0.1:5000/acme/web",
      "version   main-4b35282",
      "revision  4b35282aa0f7c0d3b0e6b1f4f8c5f1c7d2e3a4b5",
      "platform  linux/amd64",
      "platform  not run here: linux/arm64: no emulator",
      "tag       main-4b35282: → this build (new)",
      "tag       latest: sha256:000000000000 → this build (commit b follows a)",
      "tag       1: sha256:000000000000 stays (1.2.4 is published already)",
      "tag       main: sha256:000000000000 may not move (commit b does not follow a)",
      "test      lint",
      "test      unit | end to end",
      "checks    5: a, b, c, d, …",
      "gate      size: 60.0 MB a platform",
    ].join("\n"),
  );
  expect(planText({ ...plan, dirty: true })).toContain("with uncommitted changes");
});

describe("a result", () => {
  const result: ReleaseResult = {
    index: { mediaType: "x", digest, size: 1 },
    reference: `x@${digest}`,
    version: "main-4b35282",
    tags: moves,
    tests: [],
    gates: [],
    stages: [],
    steps: { cached: 0, total: 1 },
    verification: [
      {
        platform: "linux/amd64",
        digest,
        status: "passed",
        checks: [
          { name: "a", ok: true, startMs: 100, memory: 5_000_000 },
          { name: "b", ok: true, startMs: 300, memory: 9_000_000 },
          { name: "c", ok: true, startMs: 200 },
        ],
      },
      { platform: "linux/arm64", digest, status: "not-run", reason: "no emulator", checks: [] },
    ],
    sizes: [
      { platform: "linux/amd64", size: 50_400_000 },
      { platform: "linux/arm64", size: 49_500_000 },
    ],
    bytesSent: 1_000_000,
    changed: true,
  };

  it("shows the median start, the largest memory, and what was not run", () => {
    expect(releaseText(result, 22_000)).toBe(
      [
        "platform     size     verify   starts in  memory",
        "linux/amd64  50.4 MB  passed   200 ms     9.0 MB  3 checks",
        "linux/arm64  49.5 MB  not run  –          –       no emulator",
        "released in 22.0 s; tags: main-4b35282, latest; 1.0 MB sent",
      ].join("\n"),
    );
  });

  it("says that nothing changed", () => {
    const tags = [{ tag: "latest", from: digest, to: digest }];
    expect(releaseText({ ...result, tags, changed: false, bytesSent: 0 }, 400)).toMatch(
      /nothing changed; looked in 400 ms, stored no byte$/,
    );
  });
});
