import { readDirectives } from "./directives.ts";
import type { Dockerfile, Stage, Warning } from "./dockerfile.ts";
import { DockerfileError } from "./error.ts";
import type { ArgInstruction, FromInstruction, Instruction } from "./instruction.ts";
import { MAX_INSTRUCTIONS } from "./limits.ts";
import { lint } from "./lint/lint.ts";
import { readInstruction } from "./read-instruction.ts";
import { readStatements } from "./statement.ts";
import type { Statement } from "./statement.ts";
import { checkText, splitLines } from "./text.ts";

interface Options {
  /** The name that messages give; "Dockerfile" where absent. */
  readonly file?: string;
}

/**
 * Reads a whole Dockerfile. Nothing is expanded, no name is resolved. Throws a `DockerfileError` and
 * nothing else, for broken lint rules too where the file says `# check=error=true`.
 */
export function parseDockerfile(written: string, { file = "Dockerfile" }: Options = {}): Dockerfile {
  let text = written;
  try {
    text = checkText(written);
    return parse(text, file);
  } catch (error) {
    throw error instanceof DockerfileError ? error.at({ file, text }) : error;
  }
}

/** The instruction of an ONBUILD trigger, as image configs store it. Always with `\` as escape. */
export function parseTrigger(expression: string, { file = "ONBUILD" }: Options = {}): Instruction {
  const source = { file, text: expression };
  try {
    const statements = [...readStatements(splitLines(checkText(expression)), "\\")];
    const [statement] = statements;
    if (statement === undefined || statements.length > 1) {
      throw new DockerfileError("syntax", `expected one instruction, found ${statements.length}`);
    }
    const instruction = readInstruction(statement);
    if (instruction.kind === "from" || instruction.kind === "onbuild" || instruction.kind === "maintainer") {
      throw new DockerfileError("syntax", `${instruction.kind.toUpperCase()} cannot be a trigger`);
    }
    return instruction;
  } catch (error) {
    throw error instanceof DockerfileError ? error.at(source) : error;
  }
}

function parse(text: string, file: string): Dockerfile {
  const lines = splitLines(text);
  const { checks, ...directives } = readDirectives(lines);
  const builder = new StageBuilder();
  const statements: Map<FromInstruction | Instruction, Statement> = new Map();
  const warnings: Warning[] = [];
  let count = 0;
  for (const statement of readStatements(lines, directives.escape)) {
    if (++count > MAX_INSTRUCTIONS) {
      throw new DockerfileError("too-large", `expected at most ${MAX_INSTRUCTIONS} instructions`);
    }
    const instruction = readInstruction(statement);
    statements.set(instruction, statement);
    builder.add(instruction);
  }
  const parsed = { file, text, directives, checks, ...builder.finish(), warnings };
  warnings.push(...lint(parsed, statements));
  return parsed;
}

interface Draft {
  readonly from: FromInstruction;
  readonly instructions: Instruction[];
}

/** Sorts instructions into the part before the first FROM and the stages. */
class StageBuilder {
  readonly #metaArgs: ArgInstruction[] = [];
  readonly #drafts: Draft[] = [];

  add(instruction: FromInstruction | Instruction): void {
    const draft = this.#drafts.at(-1);
    if (instruction.kind === "from") {
      this.#drafts.push({ from: instruction, instructions: [] });
    } else if (draft !== undefined) {
      draft.instructions.push(instruction);
    } else if (instruction.kind === "arg") {
      this.#metaArgs.push(instruction);
    } else {
      throw new DockerfileError("syntax", `${instruction.kind.toUpperCase()} stands before the first FROM`, {
        range: instruction.range,
        hint: "start with FROM; only ARG may stand before it",
      });
    }
  }

  finish(): { metaArgs: readonly ArgInstruction[]; stages: readonly Stage[] } {
    if (this.#drafts.length > 0) return { metaArgs: this.#metaArgs, stages: this.#drafts.map(toStage) };
    throw new DockerfileError("syntax", "expected a FROM instruction, found none", {
      hint: 'start with "FROM IMAGE", or "FROM scratch"',
    });
  }
}

function toStage({ from, instructions }: Draft, index: number): Stage {
  const { end } = (instructions.at(-1) ?? from).range;
  const range = { start: from.range.start, end };
  return { index, name: from.alias?.toLowerCase(), from, instructions, range };
}
