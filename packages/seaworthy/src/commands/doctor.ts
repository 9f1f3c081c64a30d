import { spawn } from "node:child_process";
import { type Check, sandboxChecks } from "@seaworthy/sandbox";
import { commandExists } from "../machine/command-exists.ts";
import type { Machine } from "../machine/machine.ts";
import { type Installer, planMending } from "../machine/mending.ts";
import { probeOf } from "../machine/probe.ts";

export interface DoctorFlags {
  /** Install what is missing. */
  readonly fix: boolean;
}

/** What is needed on this machine and what was found. With `fix`, missing packages are installed first. */
export async function runDoctor(
  machine: Machine,
  { fix }: DoctorFlags,
  say: (line: string) => void,
  examine: (machine: Machine) => readonly Check[] = checksOf,
): Promise<readonly Check[]> {
  const checks = examine(machine);
  if (!fix) return checks;
  const { commands, advice } = planMending(checks, installerOf(machine));
  let worked = true;
  for (const command of commands) {
    say(command.join(" "));
    // Only the last counts: without the newest list of packages the one that is there may do.
    worked = await run(command, machine);
  }
  if (!worked) say("that did not work; type it yourself to see why");
  for (const line of advice) say(line);
  return commands.length === 0 ? checks : examine(machine);
}

export function installerOf({ uid, env }: Machine): Installer {
  return { uid, has: (program) => commandExists(program, env) };
}

function checksOf(machine: Machine): readonly Check[] {
  return [...sandboxChecks(probeOf(machine)), gitCheck(machine)];
}

function gitCheck({ env }: Machine): Check {
  const check = { name: "git", required: true, expected: "git, to read the revision" };
  if (commandExists("git", env)) return { ...check, ok: true, found: "installed" };
  return { ...check, ok: false, found: "not installed", fix: ["apt-get", "install", "-y", "git"] };
}

function run([file = "", ...args]: readonly string[], { env, stderr }: Machine): Promise<boolean> {
  return new Promise((resolve) => {
    // stdout carries results only; what installers say goes to stderr.
    const child = spawn(file, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...env, DEBIAN_FRONTEND: "noninteractive" },
    });
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => void stderr.write(chunk));
    child.on("error", () => resolve(false));
    child.on("close", (code) => resolve(code === 0));
  });
}
