import { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import type { Git, GitAnswer } from "@seaworthy/release/source";
import { CliError } from "../error.ts";

const MAX_OUTPUT = 16 << 20;

/** As a shell names no file descriptor above 9: one for the codes, two for each question. */
const AT_ONCE = 4;
const FIRST = 2;

interface Question {
  readonly args: readonly string[];
  readonly resolve: (answer: GitAnswer) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * git in a folder, with its messages in English. What is asked in one breath shares one child process: to start one from
 * Node costs more than most answers.
 */
export function gitIn(cwd: string, env: Readonly<Record<string, string | undefined>>): Git {
  let waiting: Question[] = [];
  const ask = (): void => {
    for (let at = 0; at < waiting.length; at += AT_ONCE)
      askTogether(waiting.slice(at, at + AT_ONCE), cwd, env);
    waiting = [];
  };
  return (args) =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) queueMicrotask(ask);
      waiting.push({ args, resolve, reject });
    });
}

/** What a shell says where there is no such command (POSIX, Shell Command Language, 2.8.2). */
const NOT_FOUND = "127";

function askTogether(
  questions: readonly Question[],
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): void {
  const child = spawn(
    "/bin/sh",
    ["-c", scriptOf(questions), "git", ...questions.flatMap(({ args }) => ["-C", cwd, ...args])],
    {
      stdio: ["ignore", "pipe", ...questions.flatMap(() => ["pipe", "pipe"] as const)],
      // A question about a revision takes no lock, so it does not disturb a git that works beside us.
      env: { ...env, LC_ALL: "C", GIT_OPTIONAL_LOCKS: "0" },
    },
  );
  const reject = (reason: unknown): void => {
    for (const question of questions) question.reject(reason);
  };
  const read = (fd: number): (() => string) =>
    bounded(child.stdio[fd] as Readable, () => {
      child.kill();
      reject(new CliError("unmet", `git: printed more than ${MAX_OUTPUT >> 20} MiB`));
    });
  const codes = read(1);
  const answers = questions.map((_, at) => ({
    out: read(FIRST + 2 * at),
    problem: read(FIRST + 2 * at + 1),
  }));
  child.on("error", (cause) => reject(notStarted(cause)));
  child.on("close", () => {
    const all = codes().split("\n");
    if (all.includes(NOT_FOUND)) return reject(notStarted(new Error("ENOENT")));
    for (const [at, { out, problem }] of answers.entries()) {
      questions[at]?.resolve({ ok: all[at] === "0", out: out(), problem: problem() });
    }
  });
}

/** Made of numbers alone: what is asked reaches the shell as its arguments, which it hands on as they are. */
function scriptOf(questions: readonly Question[]): string {
  let last = 0;
  const started = questions.map(({ args }, at) => {
    const own = Array.from({ length: 2 + args.length }, () => `"\${${(last += 1)}}"`);
    // The only one may have so many that naming each would be too long for a command line.
    const all = questions.length === 1 ? '"$@"' : own.join(" ");
    return `git ${all} >&${FIRST + 2 * at} 2>&${FIRST + 2 * at + 1} & p${at}=$!`;
  });
  const ended = questions.map((_, at) => `wait $p${at}; echo $?`);
  return [...started, ...ended].join("\n");
}

function notStarted(cause: NodeJS.ErrnoException): CliError {
  const message = `git: cannot be started (${cause.code ?? cause.message})`;
  return new CliError("unmet", message, { cause, hint: 'run "seaworthy doctor --fix"' });
}

function bounded(stream: Readable, tooMuch: () => void): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size <= MAX_OUTPUT) return void chunks.push(chunk);
    stream.destroy();
    tooMuch();
  });
  return () => Buffer.concat(chunks).toString("utf8").trimEnd();
}
