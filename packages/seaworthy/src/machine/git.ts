import { spawn } from "node:child_process";
import type { Git } from "@seaworthy/release";
import { CliError } from "../error.ts";

const MAX_OUTPUT = 16 << 20;

/** git in a folder, with its messages in English. */
export function gitIn(cwd: string, env: Readonly<Record<string, string | undefined>>): Git {
  return (args) =>
    new Promise((resolve, reject) => {
      const child = spawn("git", ["-C", cwd, ...args], {
        stdio: ["ignore", "pipe", "pipe"],
        // A question about a revision takes no lock, so it does not disturb a git that works beside us.
        env: { ...env, LC_ALL: "C", GIT_OPTIONAL_LOCKS: "0" },
      });
      const tooMuch = (): void => {
        child.kill();
        reject(new CliError("unmet", `git ${args[0]}: printed more than ${MAX_OUTPUT >> 20} MiB`));
      };
      const out = bounded(child.stdout, tooMuch);
      const problem = bounded(child.stderr, tooMuch);
      child.on("error", (cause) => {
        const message = `git: cannot be started (${(cause as NodeJS.ErrnoException).code ?? cause.message})`;
        reject(new CliError("unmet", message, { cause, hint: 'run "seaworthy doctor --fix"' }));
      });
      child.on("close", (code) => resolve({ ok: code === 0, out: out(), problem: problem() }));
    });
}

function bounded(stream: NodeJS.ReadableStream, tooMuch: () => void): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > MAX_OUTPUT) tooMuch();
    else chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString("utf8").trimEnd();
}
