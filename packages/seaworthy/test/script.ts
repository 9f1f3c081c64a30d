import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  /** Every command that was started, with its arguments as they reached it. */
  readonly commands: readonly (readonly string[])[];
  /** What it wrote to GITHUB_OUTPUT. */
  readonly outputs: string;
  /** Files that appeared besides, which means that something was executed that was meant as a text. */
  readonly strays: readonly string[];
}

/** Programs that only say how they were called. */
const PROGRAMS = ["npx", "npm", "sudo", "pnpm", "corepack", "pipx"];

/** A script of a workflow, run as GitHub runs it with `shell: bash`. `STRAY` in the environment names a file. */
export function runScript(script: string, env: Readonly<Record<string, string>>): Ran {
  const dir = mkdtempSync(join(tmpdir(), "seaworthy-script-"));
  const log = join(dir, "log");
  const output = join(dir, "output");
  const stray = join(dir, "stray");
  try {
    for (const name of PROGRAMS) {
      const path = join(dir, name);
      writeFileSync(path, `#!/bin/bash\nprintf '%s\\0' ${name} "$@" >> ${log}\nprintf '\\n\\0' >> ${log}\n`);
      chmodSync(path, 0o755);
    }
    writeFileSync(join(dir, "script"), script);
    const { status, stdout } = spawnSync(
      "bash",
      ["--noprofile", "--norc", "-eo", "pipefail", join(dir, "script")],
      {
        cwd: dir,
        encoding: "utf8",
        env: { PATH: `${dir}:${process.env["PATH"]}`, GITHUB_OUTPUT: output, STRAY: stray, ...env },
      },
    );
    return {
      status,
      stdout,
      commands: commandsIn(existsSync(log) ? readFileSync(log, "utf8") : ""),
      outputs: existsSync(output) ? readFileSync(output, "utf8") : "",
      strays: existsSync(stray) ? [stray] : [],
    };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function commandsIn(log: string): readonly (readonly string[])[] {
  return log
    .split("\n\0")
    .filter((text) => text !== "")
    .map((text) => text.split("\0").slice(0, -1));
}
