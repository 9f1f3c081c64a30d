import { spawn } from "node:child_process";
import { EvidenceError } from "@seaworthy/evidence";
import { type StreamGit } from "@seaworthy/evidence/secrets";
import { CliError } from "../error.ts";

/** Of what git says when it fails. */
const MAX_PROBLEM = 4000;

/** git in a folder whose answer may be as long as a history: read as it comes, ended when nobody reads on. */
export function streamGitIn(cwd: string, env: Readonly<Record<string, string | undefined>>): StreamGit {
  return async function* stream(args, signal) {
    const child = spawn("git", ["-C", cwd, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...env, LC_ALL: "C", GIT_OPTIONAL_LOCKS: "0" },
      signal,
    });
    let problem = "";
    child.stderr.on(
      "data",
      (chunk: Buffer) => (problem = `${problem}${chunk.toString()}`.slice(0, MAX_PROBLEM)),
    );
    const ended = new Promise<number | null>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", resolve);
    });
    // Asked for below, once everything was read; until then a failure is nobody's.
    ended.catch(() => undefined);
    try {
      yield* child.stdout as AsyncIterable<Buffer>;
      const code = await ended;
      if (code !== 0) throw failed(problem);
    } catch (cause) {
      signal.throwIfAborted();
      throw (cause as NodeJS.ErrnoException).code === "ENOENT" ? noGit(cause) : cause;
    } finally {
      child.kill();
    }
  };
}

function failed(problem: string): EvidenceError {
  return new EvidenceError("git", `git: ${problem.trim().replaceAll("\n", "; ")}`, {
    hint: "a shallow clone lacks commits: git fetch --unshallow",
  });
}

function noGit(cause: unknown): CliError {
  const hint = 'run "seaworthy doctor --fix"';
  return new CliError("unmet", "git: cannot be started (ENOENT)", { cause, hint });
}
