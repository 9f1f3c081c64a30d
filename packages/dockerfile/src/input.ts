import type { Escape } from "./dockerfile.ts";
import { DockerfileError } from "./error.ts";
import type { FlagKind, Flags } from "./flags.ts";
import type { Heredoc } from "./instruction.ts";
import type { Range } from "./range.ts";

/** What the reader of one kind of instruction gets. */
export interface Input {
  /** In upper case, for messages. */
  readonly keyword: string;
  readonly rest: string;
  readonly flags: Flags;
  readonly heredocs: readonly Heredoc[];
  readonly escape: Escape;
  /** The fields every instruction has. */
  readonly base: { readonly range: Range; readonly source: string; readonly line: string };
}

/** A row of the table of instructions. */
export interface Reader<T> {
  readonly flags: Readonly<Record<string, FlagKind>>;
  read(input: Input): T;
}

/** The arguments, which must be there. */
export function requireRest({ keyword, rest }: Input, what: string, hint?: string): string {
  if (rest !== "") return rest;
  throw new DockerfileError("syntax", `${keyword}: expected ${what}, found nothing`, hint ? { hint } : {});
}
