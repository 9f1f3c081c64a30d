import type { ProgressEvent } from "@seaworthy/builder";
import { expect, it } from "vitest";
import { plainProgress } from "../progress/plain.ts";
import { folded } from "./folded.ts";

function logOf(events: readonly ProgressEvent[]): readonly string[] {
  const log: string[] = [];
  const fold = { open: (name: string) => log.push(`[${name}`), close: () => log.push("]") };
  const progress = folded(
    plainProgress((line) => log.push(line)),
    { open: (name) => void fold.open(name), close: () => void fold.close() },
  );
  events.forEach(progress);
  return log;
}

const start = (id: string, parent?: string): ProgressEvent => ({
  type: "start",
  id,
  name: id,
  ...(parent === undefined ? {} : { parent }),
});
const end = (id: string): ProgressEvent => ({ type: "end", id, status: "done", ms: 1 });

it("folds what a stage says and leaves its result in sight", () => {
  expect(
    logOf([start("build"), start("a", "build"), end("a"), end("build"), start("verify"), end("verify")]),
  ).toEqual([
    "[build",
    "  build",
    "  a",
    "✓ a (1 ms)",
    "]",
    "✓ build (1 ms)",
    "[verify",
    "  verify",
    "]",
    "✓ verify (1 ms)",
  ]);
});

it("opens no fold within a fold, as CIs know none", () => {
  const log = logOf([start("tests"), start("build"), end("tests"), end("build")]);
  expect(log.filter((line) => /^[[\]]/.test(line))).toEqual(["[tests", "]"]);
});
