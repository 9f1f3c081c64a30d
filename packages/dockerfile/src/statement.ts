import type { Escape } from "./dockerfile.ts";
import { DockerfileError } from "./error.ts";
import { scanFlags } from "./flags.ts";
import type { RawFlag } from "./flags.ts";
import { readHeredocBody, scanHeredocs } from "./heredoc.ts";
import type { Heredoc } from "./instruction.ts";
import { parseJsonForm } from "./json-form.ts";
import { quote } from "./quote.ts";
import type { Position, Range } from "./range.ts";
import { trim, trimStart } from "./space.ts";
import { isComment } from "./text.ts";
import type { TextLine } from "./text.ts";

/** One instruction of the text: its word, its flags, its arguments; what they mean is not yet known. */
export interface Statement extends Clause {
  /** The logical line: continuations joined, comments removed, ends trimmed. */
  readonly line: string;
  /** As written, heredoc bodies included. */
  readonly source: string;
  readonly range: Range;
  readonly heredocs: readonly Heredoc[];
  /** The comment lines directly before it, without their `#`. */
  readonly comments: readonly string[];
  /** Blank lines between its continuation lines. */
  readonly blankLines: readonly number[];
  readonly escape: Escape;
  /** Where a part of `line` stands in the text. */
  place(start: number, end: number): Range;
}

/** A logical line, split. For ONBUILD the arguments are a clause again. */
export interface Clause {
  /** As written. */
  readonly keyword: string;
  readonly keywordAt: number;
  readonly flags: readonly RawFlag[];
  readonly rest: string;
}

/** A piece of a logical line and the place it came from. */
interface Piece extends Position {
  readonly offset: number;
}

interface LogicalLine {
  readonly text: string;
  readonly pieces: readonly Piece[];
  readonly blankLines: readonly number[];
  /** Index of the line after the last one. */
  readonly next: number;
}

/** The statements of a text, in order. Comments and blank lines between them are passed over. */
export function* readStatements(lines: readonly TextLine[], escape: Escape): Generator<Statement> {
  let comments: string[] = [];
  for (let at = 0; at < lines.length;) {
    const start = at;
    const first = lines[at]!.text;
    if (isComment(first)) {
      comments.push(trim(trimStart(first).slice(1)));
      at++;
      continue;
    }
    const logical = joinLines(lines, at, escape);
    at = logical.next;
    if (logical.text === "") continue;
    const statement = toStatement(logical, lines, start, { escape, comments });
    at += statement.bodyLines;
    comments = [];
    yield statement;
  }
}

/** Joins a line with those it continues on. Leading space of continuation lines is kept. */
function joinLines(lines: readonly TextLine[], first: number, escape: Escape): LogicalLine {
  let text = "";
  const pieces: Piece[] = [];
  const blankLines: number[] = [];
  let next = first;
  for (let continues = true; continues && next < lines.length; next++) {
    const line = lines[next]!;
    if (next > first && isComment(line.text)) continue;
    const content = next === first ? trimStart(line.text) : line.text;
    if (next > first && trimStart(content) === "") {
      blankLines.push(line.number);
      continue;
    }
    const cut = cutContinuation(content, escape);
    continues = cut !== undefined;
    pieces.push({ offset: text.length, line: line.number, column: line.text.length - content.length + 1 });
    text += cut ?? content;
  }
  return { text: trim(text), pieces, blankLines, next };
}

/**
 * The line without its continuation mark, or undefined where it has none. A mark after another escape
 * character is text (`C:\\`).
 */
function cutContinuation(line: string, escape: Escape): string | undefined {
  let end = line.length;
  while (end > 0 && (line[end - 1] === " " || line[end - 1] === "\t")) end--;
  if (line[end - 1] !== escape || line[end - 2] === escape) return undefined;
  return line.slice(0, end - 1);
}

/** Splits a logical line into its keyword, flags and arguments. */
function splitClause(line: string, offset: number, escape: Escape): Clause {
  const keyword = /^[^\t\v\f\r ]*/.exec(line)![0];
  const flagsAt = keyword.length;
  const { flags, end } = scanFlags(line.slice(flagsAt), escape);
  const base = offset + flagsAt;
  return {
    keyword,
    keywordAt: offset,
    flags: flags.map((flag) => ({ text: flag.text, start: base + flag.start, end: base + flag.end })),
    rest: trim(line.slice(flagsAt + end)),
  };
}

/** The instruction an ONBUILD holds, else the clause itself. */
export function innerClause(clause: Clause, line: string, escape: Escape): Clause {
  if (clause.keyword.toLowerCase() !== "onbuild" || clause.rest === "") return clause;
  return splitClause(clause.rest, line.length - clause.rest.length, escape);
}

function toStatement(
  logical: LogicalLine,
  lines: readonly TextLine[],
  first: number,
  { escape, comments }: { escape: Escape; comments: readonly string[] },
): Statement & { readonly bodyLines: number } {
  const { text, pieces, blankLines, next } = logical;
  const place = (start: number, end: number): Range => ({
    start: locate(pieces, start),
    end: locate(pieces, end),
  });
  const clause = splitClause(text, 0, escape);
  const range = { start: locate(pieces, 0), end: endOf(lines[next - 1]!) };
  const { heredocs, after } = readHeredocs(text, clause, { lines, at: next, escape, range });
  const last = lines[after - 1]!;
  const written = lines.slice(first, after).map(({ raw }) => raw);
  return {
    ...clause,
    line: text,
    source: trim(written.join("")),
    range: { start: range.start, end: endOf(last) },
    heredocs,
    comments,
    blankLines,
    escape,
    place,
    bodyLines: after - next,
  };
}

const WITH_HEREDOCS = new Set(["run", "copy", "add"]);

function readHeredocs(
  line: string,
  clause: Clause,
  at: { lines: readonly TextLine[]; at: number; escape: Escape; range: Range },
): { heredocs: readonly Heredoc[]; after: number } {
  const none = { heredocs: [], after: at.at };
  if (!line.includes("<<")) return none;
  const { keyword, rest } = innerClause(clause, line, at.escape);
  if (!WITH_HEREDOCS.has(keyword.toLowerCase()) || isJson(rest)) return none;
  let after = at.at;
  const heredocs: Heredoc[] = [];
  for (const mark of scanHeredocs(line)) {
    const body = readHeredocBody(at.lines, after, mark);
    if (body === undefined) {
      throw new DockerfileError(
        "syntax",
        `heredoc <<${mark.name}: expected a line ${quote(mark.name)} that ends it`,
        {
          range: at.range,
          hint: "where << is meant as a shift, put it between quotes",
        },
      );
    }
    heredocs.push({ ...mark, content: body.content });
    after = body.next;
  }
  return { heredocs, after };
}

function isJson(rest: string): boolean {
  return rest.startsWith("[") && parseJsonForm(rest) !== undefined;
}

function locate(pieces: readonly Piece[], offset: number): Position {
  // By halves: a long instruction has thousands of pieces, and as many flags that ask.
  let [low, high] = [0, pieces.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (pieces[middle]!.offset <= offset) low = middle;
    else high = middle - 1;
  }
  const piece = pieces[low]!;
  return { line: piece.line, column: piece.column + offset - piece.offset };
}

function endOf({ number, text }: TextLine): Position {
  return { line: number, column: text.length + 1 };
}
