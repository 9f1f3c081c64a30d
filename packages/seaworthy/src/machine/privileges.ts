import { spawn } from "node:child_process";
import { planPrivileges } from "@seaworthy/sandbox";
import { CliError } from "../error.ts";
import type { Invocation } from "../program/invocation.ts";
import { type Machine, OUTER_USER } from "./machine.ts";
import { probeOf } from "./probe.ts";

/**
 * Root goes on as it is. Anybody else runs the same command again as root of a user namespace of its own; then this
 * process only waits, and true is returned. Neither possible is an error that says what to change.
 */
export async function enterNamespaces({ machine, signal, setExitCode }: Invocation): Promise<boolean> {
  const plan = planPrivileges(probeOf(machine));
  switch (plan.kind) {
    case "root":
      return false;
    case "impossible":
      throw new CliError("unmet", plan.reason, { hint: plan.hint });
    case "user-namespace": {
      const [file = "", ...args] = plan.argv;
      const env = { ...machine.env, [OUTER_USER]: machine.user };
      setExitCode(await rerun(file, [...args, process.execPath, ...process.argv.slice(1)], env, signal));
      return true;
    }
  }
}

/** Ctrl-C reaches the whole process group; a signal sent to this process alone is passed on. */
function rerun(
  file: string,
  args: readonly string[],
  env: Machine["env"],
  signal: AbortSignal,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: "inherit", env });
    signal.addEventListener("abort", () => child.kill("SIGTERM"));
    child.on("error", reject);
    child.on("close", (code, name) => resolve(code ?? (name === "SIGKILL" ? 137 : 130)));
  });
}
