import type { ArgInstruction, FromInstruction, Instruction } from "./instruction.ts";
import type { Range } from "./range.ts";

/** A parsed file. Immutable; nothing in it was expanded. */
export interface Dockerfile {
  /** The name given to the parser; only used in messages. */
  readonly file: string;
  readonly text: string;
  readonly directives: Directives;
  /** From `# check=`; warnings of skipped rules are already left out. */
  readonly checks: Checks;
  /** The ARG instructions before the first FROM. */
  readonly metaArgs: readonly ArgInstruction[];
  /** At least one. */
  readonly stages: readonly Stage[];
  /** In order of lines. */
  readonly warnings: readonly Warning[];
}

export interface Directives {
  readonly syntax?: string | undefined;
  readonly escape: Escape;
  readonly check?: string | undefined;
}

export type Escape = "\\" | "`";

/** What `# check=skip=…;error=…` asked for. */
export interface Checks {
  /** Rule names, or every rule. */
  readonly skip: ReadonlySet<string> | "all";
  /** Warnings are errors; the parser has then already thrown for its own. */
  readonly error: boolean;
}

export interface Stage {
  /** From 0, in order of the file. */
  readonly index: number;
  /** In lower case. */
  readonly name?: string | undefined;
  readonly from: FromInstruction;
  readonly instructions: readonly Instruction[];
  /** From FROM to the end of the last instruction. */
  readonly range: Range;
}

export interface Warning {
  /** Name of the rule, as `# check=skip=` takes it. */
  readonly rule: string;
  readonly message: string;
  readonly range: Range;
}
