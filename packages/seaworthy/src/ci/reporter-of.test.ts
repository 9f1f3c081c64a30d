import { describe, expect, it } from "vitest";
import { testMachine } from "../../test/machine.ts";
import { releasedRun } from "../../test/run-report.ts";
import { ciReporterOf } from "./reporter-of.ts";

async function saidIn(env: Readonly<Record<string, string>>): Promise<string> {
  using made = testMachine({ env });
  const reporter = await ciReporterOf(made.machine);
  reporter.stderr.write("::error::x\n");
  const progress = reporter.fold(() => {});
  progress({ type: "start", id: "b", name: "build" });
  await reporter.report(releasedRun());
  return made.said.stderr;
}

describe("ciReporterOf", () => {
  it("says nothing and changes nothing where there is no CI", async () => {
    expect(await saidIn({})).toBe("::error::x\n");
  });

  it("speaks the language of the CI that it runs in", async () => {
    expect(await saidIn({ GITHUB_ACTIONS: "true" })).toBe("\\::error::x\n::group::build\n");
    expect(await saidIn({ GITLAB_CI: "true" })).toMatch(/section_start:\d+:seaworthy_build/);
  });
});
