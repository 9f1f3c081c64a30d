import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { seaworthy } from "../../support/cli.ts";
import { peer } from "../peers.ts";

export interface Leak {
  readonly RuleID: string;
  readonly Match: string;
  readonly File: string;
  readonly StartLine: number;
  readonly EndLine: number;
}

/** A folder with these files, all of them tracked. */
export function makeTree(dir: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  track(dir);
}

export function track(dir: string): void {
  const git = (...args: readonly string[]): Buffer => execFileSync("git", ["-C", dir, ...args]);
  git("init", "-q");
  git("add", "-Af");
  git("-c", "user.name=me", "-c", "user.email=me@localhost", "commit", "-qm", "work");
}

/** @param report where its answer may be written: below /tmp itself, which is all it sees */
export async function theirs(tree: string, report: string, command = "dir"): Promise<readonly Leak[]> {
  const options = ["--no-banner", "--exit-code", "0", "--report-format", "json", "--report-path", report];
  await peer("gitleaks", command, ...options, tree);
  const leaks = JSON.parse(readFileSync(report, "utf8")) as Leak[];
  return leaks.map((leak) => ({ ...leak, File: leak.File.replace(`${tree}/`, "") }));
}

/** `path:line` of each finding, allowed or not: what is compared is what is seen. */
export async function ours(tree: string, ...args: readonly string[]): Promise<ReadonlySet<string>> {
  const { stdout, stderr } = await seaworthy(["secrets", "--json", ...args], { cwd: tree });
  if (stdout === "") throw new Error(stderr);
  type Found = readonly { readonly where: { readonly path: string; readonly line: number } }[];
  const { findings, allowed } = JSON.parse(stdout) as { readonly findings: Found; readonly allowed: Found };
  return new Set([...findings, ...allowed].map(({ where }) => `${where.path}:${where.line}`));
}

/** Theirs is the place of what the rule matched, ours of where the secret begins. */
export function missedOf(leaks: readonly Leak[], found: ReadonlySet<string>): readonly Leak[] {
  return leaks.filter(({ File, StartLine, EndLine }) => {
    const lines = Array.from({ length: EndLine - StartLine + 1 }, (_, index) => StartLine + index);
    return !lines.some((line) => found.has(`${File}:${line}`));
  });
}
