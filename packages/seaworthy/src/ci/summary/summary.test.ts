import { ReleaseError } from "@seaworthy/release";
import { describe, expect, it } from "vitest";
import { NEW, OLD, failedRun, releasedRun } from "../../../test/run-report.ts";
import type { RunReport } from "../report.ts";
import { summaryOf } from "./summary.ts";

const ROOM = 1 << 20;
const rowsOf = (run: RunReport): readonly string[] => summaryOf(run, ROOM).split("\n");

describe("the summary of a release", () => {
  it("begins with what was released", () => {
    expect(rowsOf(releasedRun()).slice(0, 3)).toEqual([
      "## ✅ Released `ghcr.io/acme/web` `1.4.0`",
      "",
      `\`${NEW}\`<br>took 53.6 s, 41.3 MB sent`,
    ]);
    expect(rowsOf(releasedRun({ changed: false, bytesSent: 0 }))[0]).toMatch(/^## ✅ Nothing changed: /);
  });

  it("says why nothing was pushed, where nothing was", () => {
    const [head, , why] = rowsOf(releasedRun({ notPushed: "pull request 7 comes from a fork", tags: [] }));
    expect(head).toBe("## 🔎 Built, not pushed: `ghcr.io/acme/web` `1.4.0`");
    expect(why).toBe("Nothing was pushed: `pull request 7 comes from a fork`");
  });

  it("shows from where to where each tag went, or why it stayed", () => {
    const short = (digest: string): string => `\`${digest.slice(0, 19)}\``;
    expect(rowsOf(releasedRun())).toEqual(
      expect.arrayContaining([
        `| \`1.4.0\` | new | ${short(NEW)} |  |`,
        `| \`1.4\` | ${short(OLD)} | ${short(NEW)} |  |`,
        `| \`1\` | stays | ${short(OLD)} | \`2.0.0 is newer than 1.4.0\` |`,
      ]),
    );
  });

  it("shows platforms with growth where the release before is known", () => {
    const amd64 = {
      platform: "linux/amd64",
      size: 81_300_000,
      verify: "passed",
      startMs: 412,
      memory: 92e6,
    } as const;
    const arm64 = { platform: "linux/arm64", size: 80e6, verify: "not-run", reason: "no emulator" } as const;
    expect(rowsOf(releasedRun({ platforms: [amd64, arm64] }))).toEqual(
      expect.arrayContaining([
        "| platform | size | verify | starts in | memory |",
        "| `linux/amd64` | 81.3 MB | ✅ passed | 412 ms | 92.0 MB |",
        "| `linux/arm64` | 80.0 MB | ➖ not run: `no emulator` | – | – |",
      ]),
    );
    const grown = [
      { ...amd64, sizeBefore: 79_100_000 },
      { ...arm64, sizeBefore: 80e6 },
    ];
    expect(rowsOf(releasedRun({ platforms: grown }))).toEqual(
      expect.arrayContaining([
        "| `linux/amd64` | 81.3 MB | +2.2 MB (+2.8 %) | ✅ passed | 412 ms | 92.0 MB |",
        "| `linux/arm64` | 80.0 MB | none | ➖ not run: `no emulator` | – | – |",
      ]),
    );
  });

  it("shows tests, gates, cache hits, slow steps and warnings", () => {
    const step = { stage: "build", start: 0, status: "done" } as const;
    const steps = [
      { ...step, name: "RUN a", ms: 4_000 },
      { ...step, name: "RUN b", ms: 200 },
      { ...step, name: "COPY c", ms: 3, status: "cached" as const },
    ];
    const run: RunReport = {
      ...releasedRun({}, { steps, warnings: [{ message: "Dockerfile:1: a | b" }] }),
      tests: [{ name: "unit", status: "passed", ms: 1_200 }],
      gates: [{ name: "size", status: "skipped", found: "81 MB", allowed: "100 MB" }],
    };
    expect(rowsOf(run)).toEqual(
      expect.arrayContaining([
        `\`${NEW}\`<br>took 53.6 s, 1 of 3 steps cached, 41.3 MB sent`,
        "| `unit` | ✅ passed | 1.2 s |",
        "| `size` | ➖ skipped | `81 MB` | `100 MB` |",
        "| `RUN a` | `build` | 4.0 s |",
        "| `Dockerfile:1: a \\| b` |",
      ]),
    );
  });
});

describe("the summary of a run that failed", () => {
  const stage = { name: "build", start: 0, ms: 800, status: "failed" } as const;
  const failure = { ...stage, name: "RUN x", stage: "build", lastLines: ["```", "the end"] };

  it("says where, why and what to do", () => {
    const error = new ReleaseError("verify-failed", "Dockerfile:7: it broke\n7 | >>> RUN x", {
      hint: "mend it",
    });
    expect(summaryOf(failedRun(error, { stages: [stage] }), ROOM)).toMatch(
      /^## ❌ Failed in `build` after 900 ms\n\n```text\nDockerfile:7: it broke\n7 \| >>> RUN x\n```\n\n\*\*Next:\*\* `mend it`\n\n```mermaid\n/,
    );
  });

  it("ends with the last lines of the step that failed, unless the error shows them itself", () => {
    const without = summaryOf(failedRun(new ReleaseError("event", "x"), { failures: [failure] }), ROOM);
    expect(without).toContain("Last lines of `RUN x`:\n\n````text\n```\nthe end\n````");
    const within = new ReleaseError("event", "x; its last lines:\n  the end");
    expect(summaryOf(failedRun(within, { failures: [failure] }), ROOM)).not.toContain("Last lines of");
  });

  it("tells a gate's answer and an interruption from a failure", () => {
    expect(rowsOf(failedRun(new ReleaseError("refused", "x")))[0]).toBe("## ⛔ Refused after 900 ms");
    expect(rowsOf(failedRun(new DOMException("x", "AbortError")))[0]).toBe("## ⏹️ Interrupted after 900 ms");
  });

  it("names what a gate found and allows", () => {
    const run: RunReport = {
      ...failedRun(new ReleaseError("refused", "x")),
      gates: [{ name: "size", status: "refused", found: "120 MB", allowed: "100 MB", hint: "leave it out" }],
    };
    expect(rowsOf(run)).toContain("| `size` | ❌ refused | `120 MB` | `100 MB` | `leave it out` |");
  });
});

it("leaves whole parts out where there is no room, and says so", () => {
  const whole = summaryOf(releasedRun(), ROOM);
  for (const room of [80, 200, 400, 600, Buffer.byteLength(whole)]) {
    const text = summaryOf(releasedRun(), room);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(room);
    expect(text.endsWith("It is all in the log.\n") || text === whole).toBe(true);
  }
  expect(summaryOf(releasedRun(), Buffer.byteLength(whole) + 100)).toBe(whole);
});

it("is far below GitHub's limit when everything is as large as it can be", () => {
  const long = "`|@x".repeat(2_000);
  const many = <T>(count: number, value: T): readonly T[] => Array.from({ length: count }, () => value);
  const step = { name: long, stage: "build", start: 0, ms: 5_000, status: "failed" } as const;
  const run: RunReport = {
    ...failedRun(new ReleaseError("refused", many(5_000, long).join("\n"), { hint: long }), {
      stages: many(50, { name: long, start: 0, ms: 5_000, status: "done" }),
      steps: many(2_000, step),
      warnings: many(100, { message: long }),
      failures: many(10, { ...step, lastLines: many(20, `x${long}`) }),
    }),
    tests: many(2_000, { name: long, status: "passed", ms: 1 }),
    gates: many(2_000, { name: long, status: "refused", found: long, allowed: long, hint: long }),
  };
  expect(Buffer.byteLength(summaryOf(run, ROOM))).toBeLessThan(ROOM / 2);
});
