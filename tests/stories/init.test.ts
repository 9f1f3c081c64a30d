import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { BIN, seaworthy } from "../support/cli.ts";
import { type Project, makeProject } from "../support/project.ts";

const WORKFLOW = ".github/workflows/release.yml";
const differing = (): Project => makeProject({ Dockerfile: "FROM scratch\n", [WORKFLOW]: "old\n" });

/** The command on a terminal of its own, with keys pressed when it asks. */
function atTerminal(
  cwd: string,
  keys: string,
): Promise<{ readonly code: number | null; readonly screen: string }> {
  return new Promise((resolve, reject) => {
    const command = `'${process.execPath}' '${BIN}' init github`;
    const child = spawn("script", ["--quiet", "--return", "--command", command, "/dev/null"], { cwd });
    let screen = "";
    child.stdout.on("data", (chunk: Buffer) => {
      const asked = screen.includes("[y/N]");
      screen += chunk.toString("utf8");
      if (!asked && screen.includes("[y/N]")) child.stdin.write(keys);
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, screen }));
  });
}

describe("seaworthy init", () => {
  it("says on stdout what it did, and by its exit code that it left something", async () => {
    using project = differing();
    const { code, stdout, stderr } = await seaworthy(["init", "github"], { cwd: project.dir });
    expect(stdout).toBe(`created   seaworthy.config.ts\ncreated   .dockerignore\nkept      ${WORKFLOW}\n`);
    expect(stderr).toMatch(/^found {2}Dockerfile \(no USER but root\)\n/);
    expect(stderr).toMatch(/kept what differs; --force replaces it\n$/);
    expect(code).toBe(2);
    expect(await seaworthy(["init", "github", "--yes"], { cwd: project.dir })).toMatchObject({
      code: 0,
      stdout: `replaced  ${WORKFLOW}\n`,
    });
  });

  it.each<[string, string, number, RegExp]>([
    ["replaces on yes", "y\r", 0, /^# Written by/],
    ["keeps on no", "n\r", 0, /^old/],
    ["keeps on nothing", "\r", 0, /^old/],
    ["keeps when the terminal ends", "\u0004", 0, /^old/],
    ["is interrupted by Ctrl-C", "\u0003", 130, /^old/],
  ])("asks at a terminal, and %s", async (_, keys, code, text) => {
    using project = differing();
    const outcome = await atTerminal(project.dir, keys);
    expect(outcome.screen).toContain("+++ b/.github/workflows/release.yml");
    expect(outcome.code).toBe(code);
    expect(readFileSync(join(project.dir, WORKFLOW), "utf8")).toMatch(text);
  });

  it("knows which pipelines there are", async () => {
    using project = differing();
    const { code, stderr } = await seaworthy(["init", "jenkins"], { cwd: project.dir });
    expect(stderr).toMatch(/Allowed choices are github, gitlab/);
    expect(code).toBe(2);
  });
});
