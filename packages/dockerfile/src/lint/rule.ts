import type { Dockerfile } from "../dockerfile.ts";
import type { Range } from "../range.ts";
import type { Statement } from "../statement.ts";
import type { FromInstruction, Instruction } from "../instruction.ts";

/** A check of a parsed file. The names are those of Docker's checks where the check is the same. */
export interface Rule {
  readonly name: string;
  /** One sentence: why it matters. */
  readonly description: string;
  check(file: Dockerfile, statements: Statements): Iterable<Finding>;
}

export interface Finding {
  readonly message: string;
  readonly range: Range;
}

/** What stood in the text for each instruction. */
export type Statements = ReadonlyMap<FromInstruction | Instruction, Statement>;
