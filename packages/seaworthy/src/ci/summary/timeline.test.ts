import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NOTHING_SEEN } from "../../../test/run-report.ts";
import type { Span, StepSpan } from "../report.ts";
import { timelineOf } from "./timeline.ts";

const span = (name: string, start: number, ms: number, status: Span["status"] = "done"): Span => ({
  name,
  start,
  ms,
  status,
});
const step = (stage: string, ...about: Parameters<typeof span>): StepSpan => ({ ...span(...about), stage });

const chart = (stages: readonly Span[], steps: readonly StepSpan[] = []): readonly string[] =>
  (timelineOf({ ...NOTHING_SEEN, stages, steps }) ?? "").split("\n");

/** Every line of it is one that Mermaid's grammar (gantt.jison) takes for what is meant; hostile names were drawn, too. */
const LINES =
  /^(?:gantt|  dateFormat x|  axisFormat %(?:Q ms|s s)|  todayMarker off|  section [^\n:;#%<>&{}\\`|]+|  \d[\d.]* (?:ms|s|min \d\d s) · [^\n:;#%<>&{}\\`|]+ :(?:(?:crit|active|done), )?\d+, \d+)$/u;

describe("the timeline", () => {
  it("has a section for each stage, with its steps in the order they began", () => {
    const build = span("build", 0, 10_000);
    const steps = [
      step("build", "[linux/amd64 2/3] RUN --mount=type=cache,target=/x npm ci", 2_000, 8_000),
      step("build", "[linux/amd64 1/3] FROM node:24", 0, 2_000, "cached"),
      step("verify", "web", 10_500, 1_000, "failed"),
    ];
    expect(chart([build, span("verify", 10_500, 1_000, "failed")], steps)).toEqual([
      "gantt",
      "  dateFormat x",
      "  axisFormat %s s",
      "  todayMarker off",
      "  section build",
      "  10.0 s · build :active, 0, 10000",
      "  2.0 s · [linux/amd64 1/3] FROM node 24 :done, 0, 2000",
      "  8.0 s · [linux/amd64 2/3] RUN npm ci :2000, 10000",
      "  section verify",
      "  1.0 s · verify :crit, 10500, 11500",
      "  1.0 s · web :crit, 10500, 11500",
    ]);
  });

  it("counts milliseconds where the run was short", () => {
    expect(chart([span("build", 0.4, 0.2)])).toContain("  0 ms · build :active, 0, 1");
    expect(chart([span("build", 0, 900)])).toContain("  axisFormat %Q ms");
  });

  it("leaves out what nobody could see, and the many", () => {
    const steps = Array.from({ length: 50 }, (_, at) => step("build", `step ${at}`, at, at * 100));
    expect(chart([span("build", 0, 100_000)], steps).filter((line) => line.includes("step"))).toHaveLength(8);
    expect(chart(Array.from({ length: 50 }, (_, at) => span(`stage ${at}`, at, 10)))).toHaveLength(
      4 + 2 * 12,
    );
  });

  it("is none where nothing ran", () => {
    expect(timelineOf(NOTHING_SEEN)).toBeUndefined();
  });

  it("is a legal chart, whatever steps are called", () => {
    const word = fc.constantFrom(
      ..."section|title|gantt|click x|%%|:|;|#|#35;|<b>|{|}|\\|`|\n|\u0007|---|after|done,|漢字|🎉| |,|x".split(
        "|",
      ),
      "|",
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), (words) => {
        const name = words.join("");
        for (const line of chart([span(name, 0, 10)], [step(name, name, 1, 5)])) expect(line).toMatch(LINES);
      }),
      { numRuns: 1_000 },
    );
  });
});
