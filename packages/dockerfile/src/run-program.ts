import { removeTabs, parseHeredocMark } from "./heredoc.ts";
import { baseName } from "./path.ts";
import type { RunInstruction } from "./instruction.ts";

/**
 * What a RUN runs:
 * - `exec`: a program with its arguments;
 * - `shell`: a text for the shell of the stage;
 * - `file`: a script with a `#!` line of its own, to be put into an executable file of that name.
 */
export type RunProgram =
  | { readonly type: "exec"; readonly args: readonly string[] }
  | { readonly type: "shell"; readonly script: string }
  | { readonly type: "file"; readonly name: string; readonly content: string };

/**
 * A RUN that is one heredoc and nothing else runs the body; in any other the shell gets the command and
 * the bodies, heredocs and all. Variables are never replaced here: they are the shell's.
 */
export function runProgram(run: RunInstruction): RunProgram {
  if (run.form === "exec") return { type: "exec", args: run.command };
  const [first] = run.heredocs;
  if (first === undefined) return { type: "shell", script: run.command };
  if (parseHeredocMark(run.command) === undefined) {
    const bodies = run.heredocs.map(({ name, content }) => `\n${content}${name}`);
    return { type: "shell", script: run.command + bodies.join("") };
  }
  const content = first.chomp ? removeTabs(first.content) : first.content;
  return content.startsWith("#!")
    ? { type: "file", name: baseName(first.name), content }
    : { type: "shell", script: content };
}
