import { spawn } from "node:child_process";
import type { RunCommand } from "@seaworthy/release";
import { CliError } from "../error.ts";
import type { Machine } from "./machine.ts";

/** What publishes, signs and speaks for the CI: commands of the repository, and what they install, do not see it. */
const WITHHELD =
  /^(?:GITHUB_TOKEN|GH_TOKEN|ACTIONS_RUNTIME_\w+|ACTIONS_ID_TOKEN_\w+|CI_JOB_TOKEN|CI_JOB_JWT\w*|CI_REGISTRY_PASSWORD|CI_DEPLOY_PASSWORD|DOCKER_AUTH_CONFIG|REGISTRY_AUTH_FILE|COSIGN_\w+|SIGSTORE_ID_TOKEN|SEAWORTHY_\w+)$/;

/**
 * Commands in a process group of their own, which ends as one: what they started goes with them. Two seconds after
 * SIGTERM comes SIGKILL.
 */
export function commandsOf({ env }: Pick<Machine, "env">): RunCommand {
  const given = Object.fromEntries(Object.entries(env).filter(([name]) => !WITHHELD.test(name)));
  return ({ run: [file = "", ...args], cwd, env: own }, onOutput, signal) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const child = spawn(file, args, {
        cwd,
        env: { ...given, ...own },
        stdio: ["ignore", "pipe", "pipe"],
        detached: true,
      });
      const end = (): void => endGroup(child.pid);
      signal.addEventListener("abort", end, { once: true });
      child.stdout.on("data", (chunk: Buffer) => onOutput("stdout", chunk));
      child.stderr.on("data", (chunk: Buffer) => onOutput("stderr", chunk));
      child.on("error", (cause) => reject(cannotStart(file, cwd, cause)));
      child.on("exit", () => {
        killGroup(child.pid, "SIGKILL");
        // One that left the group may hold the pipes for ever; nobody waits for what it has to say.
        setTimeout(() => [child.stdout, child.stderr].forEach((pipe) => pipe.destroy()), GRACE).unref();
      });
      child.on("close", (code, name) => {
        signal.removeEventListener("abort", end);
        if (signal.aborted) reject(signal.reason);
        else resolve({ code: code ?? (name === "SIGKILL" ? 137 : 143) });
      });
    });
}

const GRACE = 2_000;

function endGroup(pid: number | undefined): void {
  killGroup(pid, "SIGTERM");
  setTimeout(() => killGroup(pid, "SIGKILL"), GRACE).unref();
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // Gone already.
  }
}

function cannotStart(file: string, cwd: string, cause: Error): CliError {
  const { code, path } = cause as NodeJS.ErrnoException;
  const why = code === "ENOENT" ? "not there" : (code ?? cause.message);
  const what = path === file ? `command ${file}` : `command ${file} in ${cwd}`;
  return new CliError("config", `${what}: cannot be started (${why})`, {
    cause,
    hint: "name a program on PATH and a folder of the repository: tests[].run, tests[].cwd",
  });
}
