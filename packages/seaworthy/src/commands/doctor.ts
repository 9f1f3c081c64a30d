import { spawn } from "node:child_process";
import { type Check, sandboxChecks } from "@seaworthy/sandbox";
import type { Machine } from "../machine/machine.ts";
import { probeOf } from "../machine/probe.ts";
import { commandExists } from "../machine/command-exists.ts";

export interface DoctorFlags {
  /** Run the commands that mend what is missing. */
  readonly fix: boolean;
}

/** What is needed on this machine, what was found, and the command that mends it. */
export async function runDoctor(
  machine: Machine,
  { fix }: DoctorFlags,
  say: (line: string) => void,
): Promise<readonly Check[]> {
  const checks = examine(machine);
  const mendable = checks.filter((check) => !check.ok && check.required && check.fix !== undefined);
  if (!fix || mendable.length === 0) return checks;
  for (const { name, fix: command = [] } of mendable) {
    const full = privileged(command, machine);
    say(`${name}: ${full.join(" ")}`);
    if (!(await run(full))) say(`${name}: that did not work; type it yourself to see why`);
  }
  return examine(machine);
}

function examine(machine: Machine): readonly Check[] {
  const git: Check = commandExists("git", machine.env)
    ? { name: "git", ok: true, required: true, found: "installed", expected: "git, to read the revision" }
    : {
        name: "git",
        ok: false,
        required: true,
        found: "not installed",
        expected: "git, to read the revision",
        fix: ["apt-get", "install", "-y", "git"],
      };
  return [...sandboxChecks(probeOf(machine)), git];
}

/** apt needs root: directly where we are root, through sudo elsewhere. */
function privileged(command: readonly string[], { env }: Machine): readonly string[] {
  const root = process.geteuid?.() === 0;
  return root || !commandExists("sudo", env) ? command : ["sudo", ...command];
}

/** Fresh machines have an empty package list, so installing asks for it first. */
async function run(command: readonly string[]): Promise<boolean> {
  const at = command.indexOf("apt-get");
  if (at >= 0 && command.includes("install")) await spawned([...command.slice(0, at + 1), "update", "-qq"]);
  return spawned(command);
}

function spawned([file = "", ...args]: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    // stdout carries results only; what installers say goes to stderr.
    const child = spawn(file, args, { stdio: ["ignore", process.stderr.fd, "inherit"] });
    child.on("error", () => resolve(false));
    child.on("close", (code) => resolve(code === 0));
  });
}
