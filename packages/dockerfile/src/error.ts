import { SeaworthyError } from "@seaworthy/oci";
import type { ErrorDetails } from "@seaworthy/oci";
import { markSource } from "./mark-source.ts";
import type { Range } from "./range.ts";

/**
 * - `syntax`: the text breaks the language.
 * - `unknown-instruction`, `unknown-flag`, `unknown-option`: a word the language does not have.
 * - `invalid-value`: an argument of the wrong form.
 * - `unknown-stage`, `stage-order`: a stage that is not there, or not yet.
 * - `expansion`: a word with variables cannot be expanded, or a `${name:?…}` is unset.
 * - `check`: a lint rule was broken and `# check=error=true` stands in the file.
 * - `too-large`: a limit of this package.
 */
export type DockerfileErrorCode =
  | "syntax"
  | "unknown-instruction"
  | "unknown-flag"
  | "unknown-option"
  | "invalid-value"
  | "unknown-stage"
  | "stage-order"
  | "expansion"
  | "check"
  | "too-large";

interface Details extends ErrorDetails {
  readonly range?: Range | undefined;
  readonly file?: string | undefined;
  /** The whole text, for the marked lines. */
  readonly text?: string | undefined;
}

/**
 * Its message reads `file:line: reason`, then the marked lines. What is thrown below the parser lacks
 * file and range at first; `at` adds what is missing.
 */
export class DockerfileError extends SeaworthyError<DockerfileErrorCode> {
  /** The sentence alone, without place and lines. */
  readonly reason: string;
  readonly file: string | undefined;
  readonly range: Range | undefined;

  constructor(code: DockerfileErrorCode, reason: string, details: Details = {}) {
    super(code, describe(reason, details), { ...details, ...placeOf(details) });
    this.reason = reason;
    this.file = details.file;
    this.range = details.range;
  }

  /** The same error with a range, where it had none. */
  within(range: Range): DockerfileError {
    return this.range === undefined ? this.#with({ range }) : this;
  }

  /** The same error with file, marked lines and, where it had none, the range. */
  at(source: { readonly file: string; readonly text: string }, range?: Range): DockerfileError {
    if (this.file !== undefined) return this;
    return this.#with({ file: source.file, text: source.text, range: this.range ?? range });
  }

  #with(place: Pick<Details, "file" | "range" | "text">): DockerfileError {
    const { code, reason, cause, hint } = this;
    return new DockerfileError(code, reason, { cause, ...(hint === undefined ? {} : { hint }), ...place });
  }
}

function placeOf({ file, range }: Details): Pick<ErrorDetails, "place"> {
  if (file === undefined) return {};
  return { place: { file, ...(range === undefined ? {} : { line: range.start.line }) } };
}

function describe(reason: string, { file, range, text }: Details): string {
  if (file === undefined) return reason;
  if (range === undefined) return `${file}: ${reason}`;
  const head = `${file}:${range.start.line}: ${reason}`;
  return text === undefined ? head : `${head}\n${markSource(text, range)}`;
}
