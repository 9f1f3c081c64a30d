import { DockerfileError } from "./error.ts";
import { MAX_TEXT } from "./limits.ts";
import { trimStart } from "./space.ts";

export interface TextLine {
  /** From 1. */
  readonly number: number;
  /** With its line ending: heredoc bodies keep it. */
  readonly raw: string;
  /** Without it. */
  readonly text: string;
}

/** The text without a byte order mark; refuses what cannot be a Dockerfile. */
export function checkText(text: string): string {
  if (text.length > MAX_TEXT) {
    throw new DockerfileError("too-large", `expected at most ${MAX_TEXT} characters, found ${text.length}`);
  }
  const nul = text.indexOf("\0");
  if (nul !== -1) {
    const line = text.slice(0, nul).split("\n").length;
    const column = nul - text.lastIndexOf("\n", nul);
    throw new DockerfileError("syntax", "found a NUL byte", {
      range: { start: { line, column }, end: { line, column: column + 1 } },
      hint: "save the file as UTF-8 text",
    });
  }
  return text.replace(/^\uFEFF/, "");
}

export function splitLines(text: string): readonly TextLine[] {
  const pieces = text.split(/(?<=\n)/);
  return pieces.map((raw, index) => ({ number: index + 1, raw, text: withoutEnding(raw) }));
}

/** A loop, because `[\r\n]+$` looks at every run of carriage returns from each of its characters. */
function withoutEnding(raw: string): string {
  let end = raw.length;
  while (end > 0 && (raw[end - 1] === "\n" || raw[end - 1] === "\r")) end--;
  return raw.slice(0, end);
}

export function isComment(line: string): boolean {
  return trimStart(line).startsWith("#");
}
