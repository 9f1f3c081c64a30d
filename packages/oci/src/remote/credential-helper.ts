import { spawn } from "node:child_process";
import { optional, parseJson, toText } from "../document/json.ts";
import type { Place } from "../document/json.ts";
import { OciError } from "../error.ts";
import { Secret } from "../secret.ts";
import type { Credential } from "./credentials.ts";

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

/** Bounded in time and output; what the command says on stderr is dropped, as it may hold secrets. */
export function commandRunner(environment: Readonly<Record<string, string | undefined>>): RunCommand {
  return ([file, ...args], stdin, signal) =>
    new Promise((resolve, reject) => {
      const limit = AbortSignal.timeout(ANSWER_WITHIN);
      const child = spawn(file, args, {
        env: environment,
        stdio: ["pipe", "pipe", "ignore"],
        signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
        killSignal: "SIGKILL",
      });
      const chunks: Buffer[] = [];
      let size = 0;
      child.stdout.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size > MOST_OUTPUT) child.kill("SIGKILL");
        else chunks.push(chunk);
      });
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, stdout: Buffer.concat(chunks).toString("utf8") }));
      // A helper that ends without reading is told apart by its exit code.
      child.stdin.on("error", () => {});
      child.stdin.end(stdin);
    });
}

/**
 * `docker-credential-<name> get`: the registry on stdin, JSON on stdout (docker-credential-helpers' protocol).
 * @returns undefined where the helper has nothing for this registry
 * @throws OciError `unauthorized` where it cannot be run or answers something else
 */
export async function askHelper(
  name: string,
  server: string,
  run: RunCommand,
  signal?: AbortSignal,
): Promise<Credential | undefined> {
  const program = `docker-credential-${name}`;
  if (!NAME.test(name)) {
    throw new OciError("unauthorized", `credential helper ${JSON.stringify(name)}: expected a program name`);
  }
  const { code, stdout } = await run([program, "get"], server, signal).catch((cause: unknown) => {
    throw new OciError("unauthorized", `${program} get: could not be run for ${server}`, {
      cause,
      hint: `install ${program}, or take it out of Docker's config.json`,
    });
  });
  if (code !== 0) {
    if (/credentials not found/i.test(stdout)) return undefined;
    throw new OciError("unauthorized", `${program} get: exit code ${code} for ${server}`, {
      hint: `run "echo ${server} | ${program} get" to see why`,
    });
  }
  return toCredential(program, stdout);
}

function toCredential(program: string, stdout: string): Credential | undefined {
  const place: Place = { code: "unauthorized", what: `${program} get`, path: "" };
  let username: string | undefined;
  let secret: string | undefined;
  try {
    const fields = parseJson(Buffer.from(stdout), place);
    username = optional(fields, "Username", place, toText);
    secret = optional(fields, "Secret", place, toText);
  } catch {
    // Without the cause: it quotes what was found.
    throw new OciError("unauthorized", `${program} get: expected JSON with Username and Secret`);
  }
  if (secret === undefined || secret === "") return undefined;
  const text = new Secret(secret);
  if (username === "<token>") return { kind: "identity-token", token: text };
  return { kind: "basic", username: username ?? "", password: text };
}
