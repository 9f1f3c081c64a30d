import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export const BIN = fileURLToPath(new URL("../../packages/seaworthy/bin/seaworthy.js", import.meta.url));

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A program with arguments that starts the command line, as `setpriv --reuid 1000`. */
  readonly through?: readonly string[];
  readonly onStart?: (child: ChildProcess) => void;
}

/** Where the tests run in a CI, its event is not about the projects in them. */
const OUTSIDE = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(?:GITHUB|GITLAB|CI)_/.test(name)),
);

/** The command line as a user starts it, in a process of its own. */
export function seaworthy(
  args: readonly string[],
  { cwd, env = {}, through = [], onStart }: CliOptions,
): Promise<Outcome> {
  const [file = process.execPath, ...rest] = [...through, process.execPath, BIN, ...args];
  return new Promise((resolve, reject) => {
    const child = spawn(file, rest, {
      cwd,
      env: { ...OUTSIDE, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    child.on("error", reject);
    child.on("close", (code, signal) =>
      resolve({
        code: code ?? (signal === null ? -1 : -2),
        stdout: Buffer.concat(out).toString("utf8"),
        stderr: Buffer.concat(err).toString("utf8"),
      }),
    );
    onStart?.(child);
  });
}
