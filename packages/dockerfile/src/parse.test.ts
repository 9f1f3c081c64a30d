import { array, assert, constantFrom, property, string } from "fast-check";
import { describe, expect, it } from "vitest";
import {
  DockerfileError,
  expandInstruction,
  markSource,
  parseDockerfile,
  parseTrigger,
  selectStages,
} from "./index.ts";
import type { CopyInstruction } from "./index.ts";

function failure(run: () => unknown): DockerfileError {
  try {
    run();
  } catch (error) {
    if (error instanceof DockerfileError) return error;
    throw error;
  }
  throw new Error("expected a DockerfileError");
}

describe("parseDockerfile", () => {
  it("names the file it was given", () => {
    const error = failure(() =>
      parseDockerfile("FROM scratch\nCOPPY . .\n", { file: "docker/app.Dockerfile" }),
    );
    expect(error.message).toBe(
      'docker/app.Dockerfile:2: unknown instruction "COPPY"; did you mean COPY?\n' +
        "1 |     FROM scratch\n2 | >>> COPPY . .",
    );
    expect(error).toMatchObject({
      code: "unknown-instruction",
      reason: 'unknown instruction "COPPY"; did you mean COPY?',
      file: "docker/app.Dockerfile",
      range: { start: { line: 2, column: 1 }, end: { line: 2, column: 6 } },
      place: { file: "docker/app.Dockerfile", line: 2 },
    });
  });

  it("places every part of the text in exactly one stage", () => {
    const file = parseDockerfile("ARG A\nFROM a AS one\nRUN x\n\n# c\nFROM b\nRUN y \\\n  z\n");
    expect(file.metaArgs).toHaveLength(1);
    expect(file.stages.map(({ range }) => [range.start.line, range.end.line])).toEqual([
      [2, 3],
      [6, 8],
    ]);
    expect(file.stages[1]!.instructions[0]!.range.end).toEqual({ line: 8, column: 4 });
  });

  it.each([
    ["a text of more than a mebibyte", `FROM scratch\n#${"x".repeat(1024 * 1024)}`],
    ["more than ten thousand instructions", `FROM scratch\n${"RUN a\n".repeat(10_000)}`],
    ["more than a thousand ports in one EXPOSE", `FROM scratch\nEXPOSE ${"80 ".repeat(1001)}`],
  ])("refuses %s", (_what, text) => {
    expect(failure(() => parseDockerfile(text)).code).toBe("too-large");
  });

  it.each([
    ["stages in a chain", `FROM scratch AS s0\n${chain(9000)}`],
    ["stages that all copy", `FROM scratch AS s\n${"FROM s\nCOPY --from=s a b\n".repeat(4900)}`],
    ["undefined variables", `FROM scratch\n${declarations(4000)}USER ${"$a0b ".repeat(50_000)}`],
    ["checks above instructions", `FROM scratch\n${"# check=skip=X\nRUN a\n".repeat(9000)}`],
    ["open brackets", `FROM scratch\nCMD ${"[".repeat(1_000_000)}`],
    ["open braces", `FROM scratch\nENV A=${"${a:-".repeat(200_000)}`],
    ["angles", `FROM scratch\nRUN ${"<".repeat(1_000_000)}`],
    ["heredocs", `FROM scratch\nRUN ${"<<a ".repeat(2000)}\n${"a\n".repeat(2000)}`],
    ["spaces", `FROM scratch\nENV A=1${" ".repeat(1_000_000)}x=1`],
    ["a continuation for each letter", `FROM scratch\nRUN ${"a\\\n".repeat(340_000)}`],
    ["quotes", `FROM scratch\nLABEL ${"'\"".repeat(400_000)}`],
    ["flags", `FROM scratch\nRUN ${"--mount=target=/a ".repeat(50_000)}x`],
    ["flags on as many lines", `FROM scratch\nRUN ${"--mount=target=/a \\\n".repeat(50_000)}x`],
    ["a heredoc far from its name", `FROM scratch\nRUN <<${" ".repeat(1_000_000)}<`],
    ["carriage returns", `FROM scratch\nRUN ${"\r".repeat(1_000_000)}x`],
    ["quotes in a mount", `FROM scratch\nRUN --mount=\\"${"a".repeat(1_000_000)}\\" x`],
    ["a mount", `FROM scratch\nRUN --mount=${"target=/a,".repeat(90_000)}target=/a x`],
    ["words of EXPOSE", `FROM scratch\nVOLUME ${"/a ".repeat(300_000)}`],
  ])("is done with %s in a few seconds", (_what, text) => {
    const started = performance.now();
    outcome(text);
    expect(performance.now() - started).toBeLessThan(8000);
  });

  it("throws nothing but its own error, and says the same twice", () => {
    const atoms = [
      "FROM |scratch|RUN |COPY |ADD |ENV |ARG |ONBUILD |HEALTHCHECK CMD |CMD |LABEL |EXPOSE |VOLUME |SHELL |USER ",
      'a|b| |\n|\n|\r\n|\\\n|\\|`|"|\'|[|]|,|["a", "b"]|<<|<<EOF|<<-\'E\'|\nEOF\n|E|=|$|${|}|:-|#|80|/tcp|\t|é',
      "--mount=|type=cache|target=/x|--from=|# escape=`\n|# check=error=true\n|\u0000|\uFEFF",
    ];
    const piece = constantFrom(...atoms.flatMap((line) => line.split("|")));
    const text = array(piece, { maxLength: 40 }).map((pieces) => `FROM scratch\n${pieces.join("")}`);
    assert(
      property(text, (candidate) => outcome(candidate) === outcome(candidate)),
      { numRuns: 3000 },
    );
    assert(
      property(string({ maxLength: 200 }), (candidate) => outcome(candidate) === outcome(candidate)),
      { numRuns: 500 },
    );
  });
});

/** Parses, selects, expands: what a builder would do with a foreign file. */
function outcome(text: string): string {
  try {
    const file = parseDockerfile(text);
    const { stages } = selectStages(file, undefined, (raw) => raw);
    const env = new Map([["a", "b c"]]);
    for (const { stage } of stages) {
      for (const instruction of stage.instructions)
        expandInstruction(instruction, env, file.directives.escape);
    }
    return `${stages.length} stages, ${file.warnings.length} warnings`;
  } catch (error) {
    if (error instanceof DockerfileError) return error.message;
    throw error;
  }
}

function chain(length: number): string {
  return Array.from({ length }, (_, index) => `FROM s${index} AS s${index + 1}\n`).join("");
}

function declarations(length: number): string {
  return Array.from({ length }, (_, index) => `ENV name${index}=1\n`).join("");
}

describe("parseTrigger", () => {
  it("reads a trigger as it is stored in a config, heredocs included", () => {
    const text = "ONBUILD COPY <<A /dst/\nbody\nA\n";
    const [onbuild] = parseDockerfile(`FROM scratch\n${text}`).stages[0]!.instructions;
    const stored = onbuild!.kind === "onbuild" ? onbuild.expression : "";
    expect(stored).toBe("COPY <<A /dst/\nbody\nA");
    expect((parseTrigger(stored) as CopyInstruction).heredocSources).toEqual([
      { name: "A", content: "body\n", expand: true },
    ]);
  });

  it.each([
    ["", "expected one instruction, found 0"],
    ["RUN a\nRUN b", "expected one instruction, found 2"],
    ["FROM a", "FROM cannot be a trigger"],
    ["ONBUILD RUN a", "ONBUILD cannot be a trigger"],
    ["RNU a", "ONBUILD of base:1: unknown instruction"],
  ])("refuses %j", (text, message) => {
    expect(failure(() => parseTrigger(text, { file: "ONBUILD of base" })).message).toContain(message);
  });
});

describe("markSource", () => {
  const text = Array.from({ length: 100 }, (_, index) => `line ${index + 1}`).join("\n");
  const range = (start: number, end: number) => ({
    start: { line: start, column: 1 },
    end: { line: end, column: 7 },
  });

  it("marks the lines of the range between some of their neighbours", () => {
    expect(markSource(text, range(9, 10), { context: 1 })).toBe(
      " 8 |     line 8\n 9 | >>> line 9\n10 | >>> line 10\n11 |     line 11",
    );
    expect(markSource("one\r\n", range(1, 1))).toBe("1 | >>> one");
  });

  it("leaves out the middle of a long range", () => {
    const rows = markSource(text, range(1, 60), { context: 0 }).split("\n");
    expect(rows).toHaveLength(21);
    expect(rows.at(-1)).toBe("   | >>> (40 more lines)");
  });

  it("shows no control characters and no endless lines", () => {
    const shown = markSource(`a\u001b[2Jb${"x".repeat(5000)}`, range(1, 1));
    expect(shown).not.toContain("\u001b");
    expect(shown.length).toBeLessThan(500);
  });
});
