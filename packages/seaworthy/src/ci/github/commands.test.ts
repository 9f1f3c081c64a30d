import { PassThrough } from "node:stream";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { commandsIn } from "../../../test/github-runner.ts";
import { mute, withoutCommands, workflowCommand } from "./commands.ts";

describe("a workflow command", () => {
  it.each([
    "plain",
    "two\nlines, 100%: a,b=c",
    "%0A::error::x",
    "%25",
    "::endgroup::",
    "##[error]x",
    "\n::add-mask::main",
  ])("says %j in its message and its properties and nothing else", (text) => {
    const commands = commandsIn(workflowCommand("error", { file: text, line: 7, title: text }, text));
    expect(commands).toEqual([
      { name: "error", properties: { file: text, line: "7", title: text }, data: text },
    ]);
  });

  it("leaves out properties that have no value", () => {
    expect(workflowCommand("error", { file: undefined, title: "" }, "x")).toBe("::error::x");
  });
});

describe("text without commands", () => {
  it.each([
    "::error::x",
    "  \t::add-mask::x",
    "\u0085\u00a0::stop-commands::x",
    "fine\n::set-output name=digest::evil",
    "fine\r::set-env name=PATH::evil",
    "some ##[add-mask]x",
  ])("keeps the runner from obeying %j", (text) => {
    expect(commandsIn(text)).toHaveLength(1);
    expect(commandsIn(withoutCommands(text))).toEqual([]);
  });

  it("holds for any text, in one piece or in lines", () => {
    const word = fc.constantFrom(
      "::",
      "##[",
      "]",
      "error",
      "add-mask",
      " ",
      "\n",
      "\r",
      "\t",
      "\\",
      ":",
      "#",
      "[",
      "x",
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 30 }), (words) => {
        expect(commandsIn(withoutCommands(words.join("")))).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  it("changes nothing else", () => {
    const text = "✓ a::b (1 ms)\n  std::vector<int> [x] # [y]\n";
    expect(withoutCommands(text)).toBe(text);
  });

  it("takes no time for a long line of spaces", () => {
    const text = `${" ".repeat(200_000)}\n`.repeat(5);
    expect(withoutCommands(text)).toBe(text);
  });
});

describe("a muted stream", () => {
  it("passes text and bytes on without commands, and is the stream in all else", () => {
    const through = new PassThrough();
    const quiet = mute(through as unknown as NodeJS.WriteStream);
    quiet.write("::error::é\n");
    quiet.write(Buffer.from("é ##[error]x\n"));
    quiet.write("plain\n", () => {});
    expect(through.read()?.toString()).toBe("\\::error::é\né ##[\\error]x\nplain\n");
    expect(quiet.writableLength).toBe(through.writableLength);
    expect(quiet.isTTY).toBe(undefined);
  });
});
