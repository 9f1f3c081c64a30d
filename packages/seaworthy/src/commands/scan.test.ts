import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type TestMachine, testMachine } from "../../test/machine.ts";
import { createProgram } from "../program.ts";
import { runBuild } from "./build.ts";
import { type ScanFlags, runScan } from "./scan.ts";

const SIGNAL = new AbortController().signal;
const OSV = fileURLToPath(new URL("../../../evidence/test/osv", import.meta.url));
/** The data is of one day, and tests run on many. */
const ANY_AGE = "100000d";

/** A folder whose store holds `app:1`: lodash 4.17.10 for two platforms, brought by line 3. */
async function built(scan: object = { maxAge: ANY_AGE }): Promise<TestMachine> {
  const made = testMachine();
  const folder = join(made.dir, "node_modules/lodash");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "lodash", version: "4.17.10" }));
  writeFileSync(join(made.dir, "seaworthy.config.ts"), `export default ${JSON.stringify({ scan })};`);
  writeFileSync(join(made.dir, "Dockerfile"), "FROM scratch\n\nCOPY node_modules/ /app/node_modules/\n");
  const none = { buildArg: [], buildContext: [], secret: [], label: [], annotation: [], cache: true };
  const flags = { ...none, tag: ["app:1"], platform: ["linux/amd64,linux/arm64"] };
  await runBuild(made.machine, ".", flags, () => undefined, SIGNAL);
  return made;
}

const scan = ({ machine }: TestMachine, flags: Partial<ScanFlags> = {}) =>
  runScan(machine, "app:1", { format: "table", offline: OSV, vex: [], ...flags }, SIGNAL);

describe("seaworthy scan", () => {
  it("judges every platform, and says what brings a finding and what to do", async () => {
    using made = await built();
    const { text, refused } = await scan(made);
    expect(refused).toBe(true);
    expect(text).toMatch(/^127\.0\.0\.1:5000\/app linux\/amd64: 2 refused\n/);
    expect(text).toContain("127.0.0.1:5000/app linux/arm64: 2 refused\n");
    expect(text).toMatch(
      / {2}lodash {3}4\.17\.10 {4}4\.17\.12 {3}critical 9\.1 {2}CVE-2019-10744 {2}layer 0, Dockerfile:3 {2}bump lodash to 4\.17\.12\n/,
    );
  });

  it("lets through what the config allows", async () => {
    const exception = {
      package: "lodash",
      reason: "template() is not used",
      owner: "alice",
      expires: "9999-12-31",
    };
    const exceptions = ["CVE-2019-10744", "CVE-2021-23337"].map((id) => ({ ...exception, id }));
    using made = await built({ maxAge: ANY_AGE, exceptions });
    const { text, refused } = await scan(made, { platform: "arm64" });
    expect(refused).toBe(false);
    expect(text).toContain("alice, until 9999-12-31: template() is not used");
  });

  it("takes the severity and OpenVEX documents that flags name", async () => {
    using made = await built();
    expect((await scan(made, { failOn: "critical" })).text).toContain("linux/amd64: 1 refused, 1 passed");
    const statement = {
      vulnerability: { name: "CVE-2019-10744" },
      products: [{ "@id": "pkg:npm/lodash" }],
      status: "not_affected",
      justification: "vulnerable_code_not_in_execute_path",
    };
    const document = {
      "@context": "https://openvex.dev/ns/v0.2.0",
      author: "Acme",
      timestamp: "2026-11-01T00:00:00Z",
      statements: [statement],
    };
    writeFileSync(join(made.dir, "app.vex.json"), JSON.stringify(document));
    const { refused } = await scan(made, { failOn: "critical", vex: ["app.vex.json"] });
    expect(refused).toBe(false);
  });

  it("writes SARIF of what is refused, or of all", async () => {
    using made = await built();
    const results = async (flags: Partial<ScanFlags>): Promise<readonly number[]> => {
      const { text } = await scan(made, { format: "sarif", failOn: "critical", ...flags });
      const { runs } = JSON.parse(text) as { runs: { results: object[] }[] };
      return runs.map((run) => run.results.length);
    };
    expect(await results({})).toEqual([1, 1]);
    expect(await results({ all: true })).toEqual([2, 2]);
  });

  it("refuses where there is no data, and names it", async () => {
    using made = await built();
    const { text, refused } = await scan(made, { offline: join(made.dir, "none") });
    expect(refused).toBe(true);
    expect(text).toContain(`! advisories of npm: ${made.dir}/none: has no advisories of npm`);
  });

  it("refuses data that is too old", async () => {
    using made = await built({ maxAge: "1ms" });
    expect((await scan(made)).text).toMatch(
      /! advisories of npm: .* old, at most less than an hour is allowed/,
    );
  });

  it("asks Trivy where the config pins one, and runs no other", async () => {
    using made = await built({
      trivy: { path: "trivy", sha256: "0".repeat(64), version: "0.67.2" },
    });
    writeFileSync(join(made.dir, "trivy"), "#!/bin/sh\ntouch was-run\n", { mode: 0o755 });
    const found = createHash("sha256")
      .update(readFileSync(join(made.dir, "trivy")))
      .digest("hex");
    const { text, refused } = await scan(made, { platform: "linux/amd64" });
    expect(refused).toBe(true);
    expect(text).toContain(`expected sha256 ${"0".repeat(64)}, found ${found}; it was not run`);
  });

  it.each<[string, Partial<ScanFlags>, string]>([
    ["a platform that the image has not", { platform: "linux/386" }, "usage"],
    ["a document that is not there", { vex: ["none.json"] }, "config"],
  ])("does not take %s", async (_, flags, code) => {
    using made = await built();
    await expect(scan(made, flags)).rejects.toMatchObject({ code });
  });
});

describe("the command", () => {
  async function run(made: TestMachine, ...args: readonly string[]): Promise<number> {
    let code = 0;
    const { machine } = made;
    const ci = {} as never;
    const program = createProgram({ machine, ci, signal: SIGNAL, setExitCode: (given) => (code = given) });
    await program.parseAsync(["node", "seaworthy", "scan", "app:1", "--offline", OSV, ...args]);
    return code;
  }

  it("ends with 3 where something is refused, with the result alone on stdout", async () => {
    using made = await built();
    expect(await run(made, "--format", "json")).toBe(3);
    expect(JSON.parse(made.said.stdout)).toMatchObject({ refused: true });
    expect(made.said.stderr).toContain("vulnerabilities linux/amd64: refused, 1 critical, 1 high\n");
  });

  it("uploads nothing outside of GitHub's CI, and says so", async () => {
    using made = await built();
    expect(await run(made, "--upload")).toBe(3);
    expect(made.said.stderr).toContain("code scanning: skipped, this is no run of GitHub Actions\n");
  });
});
