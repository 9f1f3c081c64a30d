import { ReleaseError } from "@seaworthy/release";
import { describe, expect, it } from "vitest";
import { commandsIn } from "../../../test/github-runner.ts";
import { failedRun, releasedRun } from "../../../test/run-report.ts";
import { CliError } from "../../error.ts";
import type { RunReport } from "../report.ts";
import { annotationsOf } from "./annotations.ts";

const shown = (run: RunReport) => annotationsOf(run, "/repo").flatMap((line) => commandsIn(line));

describe("annotations", () => {
  it("put an error on its line, as GitHub names files, with what to do", () => {
    const error = new CliError("config", "docker/Dockerfile:7: RUN exited 1\n7 | >>> RUN false", {
      hint: "mend the command",
      place: { file: "docker/Dockerfile", line: 7 },
    });
    const step = { name: "RUN false", stage: "build", start: 0, ms: 1, status: "failed" } as const;
    expect(shown(failedRun(error, { failures: [{ ...step, lastLines: [] }] }))).toEqual([
      {
        name: "error",
        properties: { file: "app/docker/Dockerfile", line: "7", title: "build failed" },
        data: "docker/Dockerfile:7: RUN exited 1\n→ mend the command",
      },
    ]);
  });

  it("put a wrong config on its file, with every fault", () => {
    const error = new CliError("config", "c.ts: a: unknown field\nc.ts: b: unknown field", {
      place: { file: "c.ts" },
    });
    expect(shown(failedRun(error))).toMatchObject([
      { properties: { file: "app/c.ts", title: "seaworthy failed" }, data: error.message },
    ]);
  });

  it("say of each gate that refused what it found and what it allows", () => {
    const run: RunReport = {
      ...failedRun(new ReleaseError("refused", "gates: …")),
      gates: [
        { name: "size", status: "refused", found: "120 MB", allowed: "100 MB", hint: "leave something out" },
        { name: "growth", status: "passed", found: "1 %", allowed: "10 %" },
        { name: "policy no-root", status: "refused", found: "root", allowed: "nothing to object to" },
      ],
    };
    expect(shown(run)).toEqual([
      {
        name: "error",
        properties: { title: "gate refused: size" },
        data: "found 120 MB; allowed: 100 MB\n→ leave something out",
      },
      {
        name: "error",
        properties: { title: "gate refused: policy no-root" },
        data: "found root; allowed: nothing to object to",
      },
    ]);
  });

  it("put warnings on their lines, of a release that went well too, and no more than are shown", () => {
    const place = { file: "Dockerfile", line: 3 };
    const warnings = Array.from({ length: 30 }, () => ({ message: "Dockerfile:3: x", place }));
    const commands = shown(releasedRun({}, { warnings: [...warnings] }));
    expect(commands).toHaveLength(10);
    expect(commands[0]).toEqual({
      name: "warning",
      properties: { file: "app/Dockerfile", line: "3" },
      data: "Dockerfile:3: x",
    });
  });

  it("are none for a run that was stopped", () => {
    expect(shown(failedRun(new DOMException("stopped", "AbortError")))).toEqual([]);
  });

  it("stay short", () => {
    const [line] = annotationsOf(failedRun(new ReleaseError("refused", "x".repeat(100_000))), "/repo");
    expect(line!.length).toBeLessThan(5_000);
  });
});
