import { blame } from "./blame.ts";
import type { Escape } from "./dockerfile.ts";
import { DockerfileError } from "./error.ts";
import { Expander } from "./expander.ts";
import { expandWord, expandWords } from "./expand.ts";
import type { Instruction } from "./instruction.ts";
import { mapWords } from "./map-words.ts";
import { parsePorts } from "./ports.ts";
import { checkSignal } from "./signal.ts";

/**
 * The instruction with its variables replaced, and checked where a value had to wait for that. All of
 * it sees the same variables: in `ENV a=1 b=$a`, b gets the a from before. The values of ARG too; a
 * builder that wants each to see the one before goes through `args` itself. Throws a `DockerfileError`
 * with the range of the instruction; its `at` adds file and lines.
 */
export function expandInstruction<T extends Instruction>(
  instruction: T,
  env: ReadonlyMap<string, string>,
  escape: Escape,
): T {
  return blame(instruction.range, () => {
    const expanded = mapWords(instruction, {
      word: (text) => expandWord(text, env, { escape }),
      words: (text) => expandWords(text, env, { escape }),
      // The bodies of heredocs keep their quotes, and always know the backslash, whatever the directive says.
      body: (text) => new Expander(text, env, { escape: "\\", ignoreQuotes: true }).text(),
    });
    checkExpanded(expanded);
    return expanded;
  });
}

function checkExpanded(instruction: Instruction): void {
  if (instruction.kind === "expose") instruction.ports.forEach(parsePorts);
  if (instruction.kind === "stopsignal") checkSignal(instruction.signal);
  if (instruction.kind === "volume" && instruction.paths.includes("")) {
    throw new DockerfileError("invalid-value", "VOLUME: a path is empty after expansion");
  }
}
