import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { code, codeBlock, markdownTable } from "./markdown.ts";

/** GFM spec, 4.10: a pipe behind an even number of backslashes ends a cell. */
function cellsOf(row: string): readonly string[] {
  const cells = [""];
  let escaped = false;
  for (const character of row) {
    if (character === "|" && !escaped) cells.push("");
    else cells[cells.length - 1] += character;
    escaped = character === "\\" && !escaped;
  }
  return cells.slice(1, -1).map((cell) => cell.trim().replaceAll("\\|", "|"));
}

/** CommonMark spec, 6.1: ends at the next run of as many backticks. Undefined where the text is anything but one span. */
function spanOf(text: string): string | undefined {
  const [open = ""] = /^`+/.exec(text) ?? [];
  if (open === "") return undefined;
  const runs = [...text.slice(open.length).matchAll(/`+/g)];
  const close = runs.find(([run]) => run.length === open.length);
  if (close === undefined || close.index + 2 * open.length !== text.length) return undefined;
  return text.slice(open.length, -open.length).replace(/^ (.*) $/s, "$1");
}

const nasty = fc.array(
  fc.constantFrom(
    "|",
    "\\",
    "`",
    "``",
    " ",
    "a",
    "@user",
    "<b>",
    "\n",
    "\u202e",
    "#1",
    ":tada:",
    "$x$",
    "](",
  ),
  { maxLength: 20 },
);

describe("code", () => {
  it("shows a text as it is, alone or in a table", () => {
    expect(code("npm ci")).toBe("`npm ci`");
    expect(code("a | b")).toBe("`a \\| b`");
    expect(code("`x`")).toBe("`` `x` ``");
    expect(code("")).toBe("–");
    expect(code("two\nlines\u001b[2J")).toBe("`two ⏎ lines`");
  });

  it("is one cell and one span, whatever is in it", () => {
    fc.assert(
      fc.property(nasty, (words) => {
        const text = words.join("");
        const table = markdownTable(["a", "b"], [text], (cell) => [code(cell), "x"]).split("\n");
        expect(table).toHaveLength(3);
        const [cell, ...others] = cellsOf(table[2]!);
        expect(others).toEqual(["x"]);
        expect(cell === "–" || spanOf(cell!) !== undefined).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });

  it("is cut where it is long", () => {
    expect(code("x".repeat(5_000)).length).toBeLessThan(310);
  });
});

describe("codeBlock", () => {
  it("ends where it is meant to, whatever fence is in it", () => {
    const block = codeBlock("a\n````\n```\n<b>@user</b>\n\u001b[2J~~~");
    expect(block.split("\n")).toEqual(["`````text", "a", "````", "```", "<b>@user</b>", "~~~", "`````"]);
  });

  it("loses its middle where it is long", () => {
    const lines = codeBlock(Array.from({ length: 1_000 }, (_, at) => `line ${at}`).join("\n")).split("\n");
    expect(lines).toHaveLength(203);
    expect([lines[1], lines[101], lines.at(-2)]).toEqual(["line 0", "… (800 lines)", "line 999"]);
  });
});

describe("markdownTable", () => {
  it("says how many rows it left out", () => {
    const table = markdownTable(
      ["a"],
      Array.from({ length: 103 }, () => "x"),
      (cell) => [cell],
      [0],
    );
    expect(table.split("\n").slice(0, 3)).toEqual(["| a |", "| --: |", "| x |"]);
    expect(table).toMatch(/\| x \|\n\n… and 3 more$/);
  });
});
