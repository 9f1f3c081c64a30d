import type { ProgressEvent } from "@seaworthy/builder";
import { describe, expect, it } from "vitest";
import { formatBytes, formatMs } from "./format.ts";
import { splitLines } from "./lines.ts";
import { plainProgress } from "./plain.ts";
import { cut, oneLine, printable, widthOf } from "./text.ts";
import { createTree } from "./tree.ts";

const ESC = "\u001b";

function drawn(events: readonly ProgressEvent[], columns = 80, rows = 24, now = 1_500): readonly string[] {
  const tree = createTree(() => 0);
  for (const event of events) tree.update(event);
  return tree.draw({ columns, rows }, now);
}

const start = (id: string, parent?: string, name = id): ProgressEvent => ({
  type: "start",
  id,
  name,
  ...(parent === undefined ? {} : { parent }),
});
const end = (id: string, note?: string, status: "done" | "cached" | "failed" = "done"): ProgressEvent => ({
  type: "end",
  id,
  status,
  ms: 1_234,
  ...(note === undefined ? {} : { note }),
});
const output = (id: string, text: string): ProgressEvent => ({ type: "output", id, stream: "stdout", text });

describe("the tree", () => {
  it("shows what runs with its time and last line, and folds what has ended", () => {
    const events = [
      start("build"),
      start("a", "build", "[linux/amd64] RUN npm ci"),
      output("a", "first\nadded 12 packages\n"),
    ];
    expect(drawn(events)).toEqual([
      "◌ build 1.5 s",
      "  ◌ [linux/amd64] RUN npm ci 1.5 s",
      "      added 12 packages",
    ]);
    const after = [...events, end("a"), end("build", "sha256:1"), start("verify")];
    expect(drawn(after)).toEqual(["✓ build 1.2 s  sha256:1", "◌ verify 1.5 s"]);
  });

  it("keeps what failed below what it failed", () => {
    const events = [
      start("verify"),
      start("a", "verify"),
      start("b", "verify"),
      end("a"),
      end("b", "exit code 3", "failed"),
    ];
    expect(drawn([...events, end("verify", undefined, "failed")])).toEqual([
      "✗ verify 1.2 s",
      "  ✗ b 1.2 s  exit code 3",
    ]);
  });

  it("shows steps of steps below the one on top", () => {
    expect(drawn([start("build"), start("stage", "build"), start("run", "stage")])).toHaveLength(3);
  });

  it("tells how far a step is, on top too", () => {
    const advance: ProgressEvent = { type: "advance", id: "publish", done: 1_500_000, total: 3_000_000 };
    expect(drawn([start("publish"), advance])).toEqual(["◌ publish 1.5 s  1.5 MB of 3.0 MB"]);
  });

  it.each([40, 80, 200])("is never wider than %i columns", (columns) => {
    const long = "x".repeat(500);
    const events = [
      start("build"),
      start("a", "build", `RUN ${long}`),
      output("a", `${long}\n`),
      start("b", "build", "漢字".repeat(100)),
    ];
    for (const line of drawn(events, columns)) expect(widthOf(line)).toBeLessThanOrEqual(columns);
    expect(drawn(events, columns)[1]).toMatch(/^ {2}◌ RUN x+… 1\.5 s$/);
    expect(drawn(events, columns)[2]).toMatch(/x…$/);
  });

  it.each([1, 2, 3, 5, 8, 12, 24, 50])("is never higher than a terminal of %i rows", (rows) => {
    const events = [start("plan"), end("plan"), start("build")];
    for (let number = 0; number < 60; number += 1) {
      events.push(start(`s${number}`, "build"), output(`s${number}`, "says something\n"));
      if (number < 30) events.push(end(`s${number}`));
    }
    const lines = drawn(events, 80, rows);
    expect(lines.length).toBeLessThanOrEqual(Math.max(1, rows - 1));
    expect(lines.length).toBeGreaterThan(0);
  });

  it("says how many more there are where not all fit", () => {
    const events = [start("build")];
    for (let number = 0; number < 20; number += 1) events.push(start(`s${number}`, "build"));
    const lines = drawn(events, 80, 8);
    expect(lines).toHaveLength(7);
    expect(lines.at(-1)).toBe("  ◌ 15 more");
  });

  it("counts what ended before", () => {
    const events = [start("build")];
    for (let number = 0; number < 20; number += 1)
      events.push(start(`s${number}`, "build"), end(`s${number}`));
    const lines = drawn(events, 80, 10);
    expect(lines[1]).toBe("  ✓ 13 earlier steps");
    expect(lines.at(-1)).toBe("  ✓ s19 1.2 s");
  });

  it("lets no name or output move the terminal", () => {
    const events = [
      start("a", undefined, `RUN <<EOF\n${ESC}[2Jrm\nEOF`),
      output("a", `${ESC}[1;1H${ESC}]0;title\u0007hello\u009b3A\r\n`),
    ];
    const text = drawn([
      start("top"),
      ...events.map((event) => ({ ...event, ...(event.type === "start" ? { parent: "top" } : {}) })),
    ]).join("|");
    expect(text).not.toMatch(/\p{Cc}/u);
    expect(text).toContain("RUN <<EOF ⏎ rm ⏎ EOF");
    expect(text).toContain("hello");
    expect(text).not.toContain("title");
  });
});

describe("plain lines", () => {
  function written(events: readonly ProgressEvent[]): readonly string[] {
    const lines: string[] = [];
    const progress = plainProgress((line) => lines.push(line));
    for (const event of events) progress(event);
    return lines;
  }

  it("say of every line whose it is", () => {
    const id = "x";
    const name = "[linux/amd64 build 3/7] RUN npm ci";
    expect(
      written([
        { type: "start", id, name },
        output(id, "one\ntw"),
        output(id, "o\nrest"),
        end(id, "3 files"),
        { type: "warning", message: "careful" },
      ]),
    ).toEqual([
      "  [linux/amd64 build 3/7] RUN npm ci",
      "[linux/amd64 build 3/7] | one",
      "[linux/amd64 build 3/7] | two",
      "[linux/amd64 build 3/7] | rest",
      "✓ [linux/amd64 build 3/7] RUN npm ci (1.2 s; 3 files)",
      "! careful",
    ]);
  });

  it("keep parallel steps apart", () => {
    const lines = written([
      start("a"),
      start("b"),
      output("a", "from "),
      output("b", "from b\n"),
      output("a", "a\n"),
    ]);
    expect(lines.slice(2)).toEqual(["b | from b", "a | from a"]);
  });

  it("are lines of their own even for a step with a long script", () => {
    expect(written([start("a", undefined, "RUN <<EOF\nset -e\nEOF")])).toEqual([
      "  RUN <<EOF ⏎ set -e ⏎ EOF",
    ]);
  });
});

describe("splitLines", () => {
  it("shows a progress bar as it stood last", () => {
    const lines = splitLines();
    expect(lines.add("10%\r50%\r")).toEqual([]);
    expect(lines.add("100%\r\nnext")).toEqual(["100%"]);
    expect(lines.rest()).toEqual(["next"]);
  });

  it("takes an escape sequence that comes in two pieces for one", () => {
    const lines = splitLines();
    lines.add(`a${ESC}[3`);
    expect(lines.add("1mb\n")).toEqual(["ab"]);
  });

  it("keeps little of a line that never ends", () => {
    const lines = splitLines();
    for (let piece = 0; piece < 1_000; piece += 1) expect(lines.add("x".repeat(1_000))).toEqual([]);
    expect(lines.rest()[0]!.length).toBeLessThanOrEqual(2_001);
  });
});

describe("text for people", () => {
  it.each([
    [0, "0 ms"],
    [999.4, "999 ms"],
    [999.6, "1.0 s"],
    [59_940, "59.9 s"],
    [59_960, "1 min 00 s"],
    [119_600, "2 min 00 s"],
    [125_000, "2 min 05 s"],
  ])("formats %d ms as %s", (ms, text) => expect(formatMs(ms)).toBe(text));

  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1_000, "1.0 kB"],
    [999_960, "1.0 MB"],
    [50_400_000, "50.4 MB"],
    [2.5e15, "2500.0 TB"],
  ])("formats %d bytes as %s", (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  it("measures and cuts by columns", () => {
    expect([widthOf("abc"), widthOf("漢字"), widthOf("e\u0301"), widthOf("🚀")]).toEqual([3, 4, 1, 2]);
    expect(cut("漢字漢字", 6)).toBe("漢字…");
    expect(cut("abc", 3)).toBe("abc");
    expect(cut("abc", 0)).toBe("");
  });

  it("takes out what turns the direction of a line", () => {
    expect(printable("a\u202Eb")).toBe("ab");
    expect(oneLine(" a\n\n b\tc ")).toBe("a ⏎ b  c");
  });
});
