import { execFile, execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Git } from "../src/source.ts";

/** As on a machine without any git settings. */
const ENV = {
  PATH: process.env["PATH"],
  LC_ALL: "C",
  GIT_CONFIG_NOSYSTEM: "1",
  HOME: "/nonexistent",
  GIT_AUTHOR_NAME: "Test",
  GIT_AUTHOR_EMAIL: "test@example.org",
  GIT_COMMITTER_NAME: "Test",
  GIT_COMMITTER_EMAIL: "test@example.org",
};

export function gitAt(dir: string): Git {
  return (args) =>
    new Promise((resolve) => {
      execFile("git", ["-C", dir, ...args], { encoding: "utf8", env: ENV }, (error, stdout, stderr) =>
        resolve({ ok: error === null, out: stdout.trimEnd(), problem: stderr.trimEnd() }),
      );
    });
}

export function runGit(dir: string, ...args: readonly string[]): string {
  return execFileSync("git", ["-C", dir, ...args], { encoding: "utf8", env: ENV, stdio: "pipe" }).trim();
}

/** A repository whose branch `main` has this many empty commits; their ids, oldest first. */
export function makeHistory(
  top: string,
  length: number,
): { readonly dir: string; readonly commits: readonly string[] } {
  const dir = join(top, "repository");
  mkdirSync(dir);
  runGit(dir, "init", "-q", "-b", "main");
  // A server that hands out any commit, as the public ones do.
  runGit(dir, "config", "uploadpack.allowAnySHA1InWant", "true");
  const commits = Array.from({ length }, (_, at) => commitTo(dir, `commit ${at}`));
  return { dir, commits };
}

export function commitTo(dir: string, message: string): string {
  runGit(dir, "commit", "-q", "--allow-empty", "-m", message);
  return runGit(dir, "rev-parse", "HEAD");
}

export function cloneOf(top: string, from: string, ...args: readonly string[]): string {
  const dir = join(top, `clone-${args.join("").replaceAll(/\W/g, "")}`);
  runGit(top, "clone", "-q", ...args, `file://${from}`, dir);
  return dir;
}
