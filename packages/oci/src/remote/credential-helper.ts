import process from "node:process";
import { spawn } from "node:child_process";
import { OciError } from "../error.ts";
import { Secret } from "../secret.ts";
import type { Credential } from "./credentials.ts";
import { parseSecretFields, secretText } from "./secret-fields.ts";

const ANSWER_WITHIN = 20_000;
const MOST_OUTPUT = 64 * 1024;
/** A name, never a path. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

export interface CommandOutput {
  readonly code: number | null;
  readonly stdout: string;
}

/** Runs a command without a shell, with this on its stdin. */
export type RunCommand = (
  command: readonly [string, ...string[]],
  stdin: string,
  signal?: AbortSignal,
) => Promise<CommandOutput>;

/**
 * Bounded in time and output; what the command says on stderr is dropped, as it may hold secrets. It runs in a process
 * group of its own, so that what it has started goes with it.
 */
export function commandRunner(environment: Readonly<Record<string, string | undefined>>): RunCommand {
  return ([file, ...args], stdin, signal) =>
    new Promise((resolve, reject) => {
      const child = spawn(file, args, {
        env: environment,
        stdio: ["pipe", "pipe", "ignore"],
        detached: true,
      });
      const chunks: Buffer[] = [];
      let size = 0;
      const stop = (why: string): void => {
        killGroup(child.pid);
        reject(new Error(why));
      };
      const onAbort = (): void => stop("stopped on request");
      const limit = setTimeout(() => stop(`no answer within ${ANSWER_WITHIN} ms`), ANSWER_WITHIN);
      signal?.addEventListener("abort", onAbort, { once: true });
      child.stdout.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size > MOST_OUTPUT) stop(`more than ${MOST_OUTPUT} bytes`);
        else chunks.push(chunk);
      });
      const settled = (): void => {
        clearTimeout(limit);
        signal?.removeEventListener("abort", onAbort);
      };
      child.on("error", (error) => {
        settled();
        reject(error);
      });
      child.on("close", (code) => {
        settled();
        resolve({ code, stdout: Buffer.concat(chunks).toString("utf8") });
      });
      // A helper that ends without reading is told apart by its exit code.
      child.stdin.on("error", () => {});
      child.stdin.end(stdin);
      if (signal?.aborted === true) onAbort();
    });
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It is gone already.
  }
}

type Verb = "get" | "store" | "erase";

/**
 * `docker-credential-<name> <verb>`, by the protocol of docker-credential-helpers.
 * @param stdin may hold a secret, so nothing of it is shown
 * @returns undefined where the helper knows nothing of this registry
 * @throws OciError `unauthorized` where it cannot be run, or fails
 */
async function runHelper(
  { name, verb, server, stdin }: { name: string; verb: Verb; server: string; stdin: string },
  run: RunCommand,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const program = `docker-credential-${name}`;
  if (!NAME.test(name)) {
    throw new OciError("unauthorized", `credential helper ${JSON.stringify(name)}: expected a program name`);
  }
  const { code, stdout } = await run([program, verb], stdin, signal).catch((cause: unknown) => {
    throw new OciError("unauthorized", `${program} ${verb}: could not be run for ${server}`, {
      cause,
      hint: `install ${program}, or take it out of Docker's config.json`,
    });
  });
  if (code === 0) return stdout;
  if (/credentials not found/i.test(stdout)) return undefined;
  throw new OciError("unauthorized", `${program} ${verb}: exit code ${code} for ${server}`, {
    hint: `run "echo ${server} | ${program} get" to see why`,
  });
}

/**
 * The registry on stdin, JSON on stdout.
 * @returns undefined where the helper has nothing for this registry
 * @throws OciError `unauthorized` where it cannot be run or answers something else
 */
export async function askHelper(
  name: string,
  server: string,
  run: RunCommand,
  signal?: AbortSignal,
): Promise<Credential | undefined> {
  const stdout = await runHelper({ name, verb: "get", server, stdin: server }, run, signal);
  return stdout === undefined ? undefined : toCredential(`docker-credential-${name}`, stdout);
}

export async function tellHelper(
  name: string,
  server: string,
  { username, password }: Credential & { kind: "basic" },
  run: RunCommand,
  signal?: AbortSignal,
): Promise<void> {
  const stdin = JSON.stringify({ ServerURL: server, Username: username, Secret: password.reveal() });
  await runHelper({ name, verb: "store", server, stdin }, run, signal);
}

/** @returns whether there was something to erase, as far as the helper says so */
export async function makeHelperForget(
  name: string,
  server: string,
  run: RunCommand,
  signal?: AbortSignal,
): Promise<boolean> {
  return (await runHelper({ name, verb: "erase", server, stdin: server }, run, signal)) !== undefined;
}

function toCredential(program: string, stdout: string): Credential | undefined {
  const fields = parseSecretFields(stdout);
  if (fields === undefined) {
    throw new OciError("unauthorized", `${program} get: expected JSON with Username and Secret`);
  }
  const secret = secretText(fields, "Secret");
  if (secret === undefined) return undefined;
  const username = secretText(fields, "Username") ?? "";
  if (username === "<token>") return { kind: "identity-token", token: new Secret(secret) };
  return { kind: "basic", username, password: new Secret(secret) };
}
