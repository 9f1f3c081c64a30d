import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ReleaseError } from "@seaworthy/release";
import { describe, expect, it } from "vitest";
import { LODASH, scannedWith } from "../../../../evidence/test/scanned.ts";
import { commandsIn, outputsIn } from "../../../test/github-runner.ts";
import { testMachine } from "../../../test/machine.ts";
import { NEW, failedRun, releasedRun } from "../../../test/run-report.ts";
import type { RunReport } from "../report.ts";
import { githubReporter } from "./github.ts";

async function reported(run: RunReport, files: Readonly<Record<string, string>> = {}) {
  using made = testMachine();
  const [outputs, summary] = [join(made.dir, "output"), join(made.dir, "summary.md")];
  for (const [name, text] of Object.entries({ output: "", "summary.md": "", ...files })) {
    writeFileSync(join(made.dir, name), text);
  }
  const env = { GITHUB_OUTPUT: outputs, GITHUB_STEP_SUMMARY: summary };
  await githubReporter({ ...made.machine, env }).report(run);
  return {
    outputs: readFileSync(outputs, "utf8"),
    summary: readFileSync(summary, "utf8"),
    commands: commandsIn(made.said.stderr),
  };
}

describe("outputs", () => {
  it("are digest, version, reference and the names that now stand for the digest", async () => {
    const { outputs } = await reported(releasedRun(), { output: "before=1\n" });
    expect(outputsIn(outputs)).toEqual({
      before: "1",
      digest: NEW,
      version: "1.4.0",
      reference: `ghcr.io/acme/web@${NEW}`,
      tags: "ghcr.io/acme/web:1.4.0\nghcr.io/acme/web:1.4",
    });
  });

  it("refer to nothing where nothing was pushed", async () => {
    const { outputs } = await reported(releasedRun({ notPushed: "pull request 7 comes from a fork" }));
    expect(outputsIn(outputs)).toEqual({ digest: NEW, version: "1.4.0", reference: "", tags: "" });
  });

  it("are none for a run that failed", async () => {
    expect((await reported(failedRun(new ReleaseError("refused", "x")))).outputs).toBe("");
  });

  it.each([
    "1.0\nevil=1",
    "1.0\nEOF\nevil=1",
    "1.0\nevil<<EOF\nx\nEOF",
    "1.0%0Aevil=1",
    "::set-output name=evil::1",
    "version<<x",
    "1.0\nseaworthy-00000000-0000-4000-8000-000000000000\nevil=1",
  ])("are never more than these, whatever a value holds: %j", async (version) => {
    const { outputs, commands } = await reported(releasedRun({ version }));
    expect(Object.keys(outputsIn(outputs))).toEqual(["digest", "version", "reference", "tags"]);
    expect(outputsIn(outputs)["version"]).toBe(version);
    expect(commands).toEqual([]);
  });
});

describe("the summary", () => {
  it("follows what is in the file and stays within what GitHub takes", async () => {
    const before = `${"x".repeat(1_048_000)}\n`;
    const { summary } = await reported(releasedRun(), { "summary.md": before });
    expect(summary.startsWith(before)).toBe(true);
    expect(summary).toContain("The rest is left out");
    expect(Buffer.byteLength(summary)).toBeLessThanOrEqual(1 << 20);
  });

  it("shows what the scan of each platform came to, below the gates", async () => {
    const scans = [scannedWith([LODASH]), scannedWith([])];
    const gates = [{ name: "vulnerabilities", status: "refused", found: "1 high", allowed: "none" }] as const;
    const { summary } = await reported({ ...failedRun(new ReleaseError("refused", "x")), gates, scans });
    const lines = summary.split("\n");
    const places = [
      /^\| `vulnerabilities` /,
      /^### ❌ .*1 refused$/,
      /^\| lodash \|/,
      /^### ✅ .*nothing found$/,
    ];
    const found = places.map((place) => lines.findIndex((line) => place.test(line)));
    expect(found).toEqual(found.toSorted((a, b) => a - b));
    expect(found).not.toContain(-1);
  });

  it("adds nothing to a file that is full", async () => {
    const before = "x".repeat(1 << 20);
    expect((await reported(releasedRun(), { "summary.md": before })).summary).toBe(before);
  });
});

describe("a report that cannot be written", () => {
  it("is a warning and fails nothing", async () => {
    using made = testMachine();
    mkdirSync(join(made.dir, "folder"));
    const env = { GITHUB_OUTPUT: join(made.dir, "folder"), GITHUB_STEP_SUMMARY: "/dev/null/x" };
    await githubReporter({ ...made.machine, env }).report(releasedRun());
    expect(commandsIn(made.said.stderr)).toMatchObject([
      { name: "warning", data: expect.stringContaining("EISDIR") as unknown },
      { name: "warning", data: expect.stringContaining("/dev/null/x") as unknown },
    ]);
  });

  it("is none where the runner names no files", async () => {
    using made = testMachine();
    await githubReporter({ ...made.machine, env: { GITHUB_OUTPUT: "" } }).report(releasedRun());
    expect(made.said.stderr).toBe("");
  });
});

describe("the log", () => {
  it("has a group for each stage", () => {
    using made = testMachine();
    const progress = githubReporter(made.machine).fold(() => {});
    progress({ type: "start", id: "b", name: "build\n::error::x" });
    progress({ type: "end", id: "b", status: "done", ms: 1 });
    expect(commandsIn(made.said.stderr)).toEqual([
      { name: "group", properties: {}, data: "build ⏎ ::error::x" },
      { name: "endgroup", properties: {}, data: "" },
    ]);
  });
});
