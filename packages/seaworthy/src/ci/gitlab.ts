import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Machine } from "../machine/machine.ts";
import { oneLine, printable } from "../progress/text.ts";
import { folded } from "./folded.ts";
import { outputsOf } from "./outputs.ts";
import type { RunReport } from "./report.ts";
import type { CiReporter } from "./reporter.ts";

/** Names the file that `artifacts:reports:dotenv` of the job takes; without it no variables are handed on. */
const FILE = "SEAWORTHY_DOTENV";
/** GitLab refuses a larger file whole. */
const MAX_DOTENV = 5 << 10;

/** Sections in the log, and variables for later jobs. The log reads sections after an escape, which no text here has. */
export function gitlabReporter({ cwd, env, stderr }: Pick<Machine, "cwd" | "env" | "stderr">): CiReporter {
  return {
    stderr,
    fold(progress) {
      let id = "";
      const mark = (what: "start" | "end", header: string): void =>
        void stderr.write(
          `\u001b[0Ksection_${what}:${Math.floor(Date.now() / 1_000)}:${id}\r\u001b[0K${header}\n`,
        );
      return folded(progress, {
        open(name) {
          id = `seaworthy_${name.replaceAll(/[^\w.-]/g, "_")}`;
          mark("start", printable(name));
        },
        close: () => mark("end", ""),
      });
    },
    async report(run) {
      const file = env[FILE];
      if (file === undefined || file === "") return;
      try {
        await writeFile(resolve(cwd, file), dotenvOf(run));
      } catch (error) {
        stderr.write(`! ${FILE}: ${printable(String(error))}\n`);
      }
    },
  };
}

/** One line a variable, without quotes, which would be part of the value. */
export function dotenvOf(run: RunReport): string {
  const lines = Object.entries(outputsOf(run)).map(
    ([name, value]) => `SEAWORTHY_${name.toUpperCase()}=${oneLine(value.replaceAll("\n", " "))}\n`,
  );
  return lines.reduce((text, line) => (text.length + line.length > MAX_DOTENV ? text : text + line), "");
}
