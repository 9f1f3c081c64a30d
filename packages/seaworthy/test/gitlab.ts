import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface GitLabJob {
  readonly name: string;
  /** `never` where the rules leave it out. */
  readonly when: string;
}

const require = createRequire(import.meta.url);
const PROGRAM = require.resolve("gitlab-ci-local");

/**
 * The jobs of a pipeline for an event given as GitLab's variables. The program checks the text against GitLab's own
 * schema and works out the rules; what it has against the text is thrown.
 */
export function gitlabJobs(
  text: string,
  variables: Readonly<Record<string, string>> = {},
): readonly GitLabJob[] {
  const dir = mkdtempSync(join(tmpdir(), "seaworthy-gitlab-"));
  try {
    writeFileSync(join(dir, ".gitlab-ci.yml"), text);
    for (const args of [
      ["init", "-q", "-b", "main"],
      ["remote", "add", "origin", "git@gitlab.com:acme/app.git"],
    ]) {
      execFileSync("git", ["-C", dir, ...args]);
    }
    execFileSync("git", [
      "-C",
      dir,
      "-c",
      "user.name=x",
      "-c",
      "user.email=x@example.org",
      "commit",
      "-q",
      "--allow-empty",
      "-m",
      "x",
    ]);
    const flags = Object.entries(variables).flatMap(([name, value]) => ["--variable", `${name}=${value}`]);
    const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, "--list-json", ...flags], {
      cwd: dir,
      encoding: "utf8",
      env: {
        PATH: process.env["PATH"],
        HOME: dir,
        GCL_IGNORE_PREDEFINED_VARS: Object.keys(variables).join(","),
      },
    });
    if (status !== 0) throw new Error(`${stdout}${stderr}`);
    return JSON.parse(stdout.slice(stdout.indexOf("["))) as readonly GitLabJob[];
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
