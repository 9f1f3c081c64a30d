import { printable } from "./text.ts";

/** Output comes in pieces of any size; this gives whole lines. */
export interface Lines {
  add(text: string): readonly string[];
  /** What no line end came for. */
  rest(): readonly string[];
}

const MAX_LINE = 2_000;

/** A line that was drawn over, as progress bars do with a carriage return, counts as it stood last. */
export function splitLines(): Lines {
  let open = "";
  const finish = (line: string): string => {
    const last = line.replace(/\r+$/, "").split("\r").at(-1) ?? "";
    const text = printable(last).trimEnd();
    return text.length > MAX_LINE ? `${text.slice(0, MAX_LINE)}…` : text;
  };
  return {
    add(text) {
      const lines = (open + text).split("\n");
      open = lines.pop()!;
      // No line end for this long: only the last state of it is of use.
      if (open.length > 2 * MAX_LINE) open = open.slice(open.lastIndexOf("\r") + 1).slice(-2 * MAX_LINE);
      return lines.map(finish);
    },
    rest() {
      const line = finish(open);
      open = "";
      return line === "" ? [] : [line];
    },
  };
}
