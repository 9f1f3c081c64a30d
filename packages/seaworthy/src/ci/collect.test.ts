import type { ProgressEvent } from "@seaworthy/builder";
import { describe, expect, it } from "vitest";
import { createCollector } from "./collect.ts";

function seen(events: readonly ProgressEvent[]) {
  let now = 100;
  const collector = createCollector(() => now);
  for (const event of events) {
    now += 10;
    collector.take(event);
  }
  return collector.seen();
}

const start = (id: string, parent?: string): ProgressEvent => ({
  type: "start",
  id,
  name: `name of ${id}`,
  ...(parent === undefined ? {} : { parent }),
});
const end = (id: string, status: "done" | "cached" | "failed" = "done"): ProgressEvent => ({
  type: "end",
  id,
  status,
  ms: 7,
});
const output = (id: string, text: string): ProgressEvent => ({ type: "output", id, stream: "stdout", text });

describe("the collector", () => {
  it("tells stages from steps, and when each began", () => {
    const { stages, steps } = seen([
      start("build"),
      start("a", "build"),
      end("a", "cached"),
      start("b", "build"),
      start("c", "b"),
      end("c"),
      end("b"),
      end("build"),
    ]);
    expect(stages).toEqual([{ name: "name of build", start: 10, ms: 7, status: "done" }]);
    expect(steps).toEqual([
      { name: "name of a", stage: "name of build", start: 20, ms: 7, status: "cached" },
      { name: "name of c", stage: "name of build", start: 50, ms: 7, status: "done" },
      { name: "name of b", stage: "name of build", start: 40, ms: 7, status: "done" },
    ]);
  });

  it("keeps the last lines of the step that failed, and blames no whole for its part", () => {
    const { failures } = seen([
      start("build"),
      start("good", "build"),
      start("bad", "build"),
      output("good", "fine\n"),
      output("bad", Array.from({ length: 30 }, (_, line) => `line ${line}\n`).join("")),
      output("bad", "no line "),
      output("bad", "end"),
      end("good"),
      end("bad", "failed"),
      end("build", "failed"),
    ]);
    expect(failures.map(({ name, stage }) => [name, stage])).toEqual([["name of bad", "name of build"]]);
    expect(failures[0]!.lastLines).toHaveLength(20);
    expect(failures[0]!.lastLines.slice(-2)).toEqual(["line 29", "no line end"]);
  });

  it("blames a stage that failed by itself", () => {
    expect(seen([start("gates"), end("gates", "failed")]).failures).toMatchObject([
      { name: "name of gates", stage: "name of gates", lastLines: [] },
    ]);
  });

  it("keeps warnings with their place", () => {
    const place = { file: "Dockerfile", line: 3 };
    expect(
      seen([
        { type: "warning", message: "x", place },
        { type: "warning", message: "y" },
      ]).warnings,
    ).toEqual([{ message: "x", place }, { message: "y" }]);
  });

  it("stays small whatever is said", () => {
    const warning = { type: "warning", message: "x" } as const;
    const many = Array.from({ length: 5_000 }, (_, at) => [
      start(`${at}`, "build"),
      output(`${at}`, "x\n"),
      end(`${at}`, "failed"),
      warning,
    ]);
    const { steps, warnings, failures } = seen([start("build"), ...many.flat()]);
    expect([steps.length, warnings.length, failures.length]).toEqual([2_000, 100, 10]);
  });

  it("passes over the end of what never began", () => {
    expect(seen([end("x"), output("x", "y\n")])).toEqual({
      stages: [],
      steps: [],
      warnings: [],
      failures: [],
    });
  });
});
