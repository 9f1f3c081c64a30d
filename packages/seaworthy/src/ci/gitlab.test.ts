import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { testMachine } from "../../test/machine.ts";
import { NEW, failedRun, releasedRun } from "../../test/run-report.ts";
import { dotenvOf, gitlabReporter } from "./gitlab.ts";

describe("on GitLab", () => {
  it("a run hands variables on to later jobs, where the job names a file", async () => {
    using made = testMachine();
    await gitlabReporter({ ...made.machine, env: { SEAWORTHY_DOTENV: "release.env" } }).report(releasedRun());
    expect(readFileSync(join(made.dir, "release.env"), "utf8")).toBe(
      `SEAWORTHY_DIGEST=${NEW}\nSEAWORTHY_VERSION=1.4.0\nSEAWORTHY_REFERENCE=ghcr.io/acme/web@${NEW}\n` +
        "SEAWORTHY_TAGS=ghcr.io/acme/web:1.4.0 ghcr.io/acme/web:1.4\n",
    );
    await gitlabReporter({ ...made.machine, env: {} }).report(releasedRun());
    await gitlabReporter({ ...made.machine, env: { SEAWORTHY_DOTENV: "/dev/null/x" } }).report(releasedRun());
    expect(made.said.stderr).toMatch(/^! SEAWORTHY_DOTENV: .*\/dev\/null\/x'\n$/);
  });

  it("a value is one line and the file no larger than GitLab takes", () => {
    expect(dotenvOf(releasedRun({ version: "1\nEVIL=1" }))).toMatch(/^SEAWORTHY_VERSION=1 EVIL=1$/m);
    const tags = Array.from({ length: 1_000 }, (_, at) => ({ tag: `t${at}`, to: NEW }));
    expect(dotenvOf(releasedRun({ tags })).length).toBeLessThan(5 << 10);
    expect(dotenvOf(failedRun(new Error("x")))).toBe("");
  });

  it("a stage is a section of the log", () => {
    using made = testMachine();
    const progress = gitlabReporter(made.machine).fold(() => {});
    progress({ type: "start", id: "b", name: "build it" });
    progress({ type: "end", id: "b", status: "done", ms: 1 });
    const marks = made.said.stderr.replaceAll("\u001b[0K", "<").replaceAll("\r", "^");
    expect(marks).toMatch(
      /^<section_start:\d+:seaworthy_build_it\^<build it\n<section_end:\d+:seaworthy_build_it\^<\n$/,
    );
  });
});
