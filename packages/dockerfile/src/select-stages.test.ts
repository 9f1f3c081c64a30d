import { describe, expect, it } from "vitest";
import {
  DockerfileError,
  expandWord,
  parseDockerfile,
  parseTrigger,
  selectStages,
  suggestStage,
} from "./index.ts";
import type { SelectOptions, StageSource } from "./index.ts";

const FILE = `ARG BASE=alpine
FROM \${BASE}:3 AS base
RUN true
FROM base AS deps
COPY --from=ghcr.io/x/tool /tool /tool
FROM base AS Unused
RUN --mount=type=bind,from=nowhere,target=/x true
FROM scratch AS assets
COPY --from=0 /etc /etc
FROM scratch AS final
COPY --from=DEPS /a /a
RUN --mount=from=assets,target=/x --mount=from=scratch,target=/y true
`;

function select(text: string, target?: string, options: SelectOptions = {}) {
  const env = new Map([["BASE", "debian"]]);
  return selectStages(
    parseDockerfile(text),
    target,
    (raw) => expandWord(raw, env, { escape: "\\" }),
    options,
  );
}

function names(text: string, target?: string, options?: SelectOptions): (string | number)[] {
  return select(text, target, options).stages.map(({ stage }) => stage.name ?? stage.index);
}

function show(source: StageSource | undefined): string | undefined {
  if (source?.type === "stage") return `stage ${source.stage.index}`;
  return source?.type === "external" ? source.name : source?.type;
}

describe("selectStages", () => {
  it("takes the last stage where no target is given, and what it needs, in order", () => {
    expect(names(FILE)).toEqual(["base", "deps", "assets", "final"]);
  });

  it.each([
    ["base", ["base"]],
    ["DEPS", ["base", "deps"]],
    ["assets", ["base", "assets"]],
    ["1", ["base", "deps"]],
    ["unused", ["base", "unused"]],
  ])("needs for target %s the stages %j", (target, expected) => {
    expect(names(FILE, target)).toEqual(expected);
  });

  it("says what every name stands for", () => {
    const { stages, target } = select(FILE);
    expect(show(stages[0]!.base)).toBe("debian:3");
    expect(show(stages[1]!.base)).toBe("stage 0");
    expect([...stages[1]!.sources].map(([name, source]) => [name, show(source)])).toEqual([
      ["ghcr.io/x/tool", "ghcr.io/x/tool"],
    ]);
    expect(show(target.base)).toBe("scratch");
    expect([...target.sources].map(([name, source]) => [name, show(source)])).toEqual([
      ["DEPS", "stage 1"],
      ["assets", "stage 3"],
      ["scratch", "scratch"],
    ]);
  });

  it("means the image where a stage starts from its own name or that of a later one", () => {
    const text = "FROM alpine AS alpine\nFROM later AS b\nFROM alpine AS later\n";
    const all = ["alpine", "b", "later"].map((target) => select(text, target).target.base);
    expect(all.map(show)).toEqual(["alpine", "later", "stage 0"]);
  });

  it("means the nearest stage above where a name is used twice", () => {
    const text = "FROM a AS x\nFROM b AS x\nFROM scratch\nCOPY --from=x /a /a\nFROM c AS x\n";
    expect(show(select(text, "2").target.sources.get("x"))).toBe("stage 1");
    expect(show(select(text, "x").target.base)).toBe("c");
  });

  it("lets a named context take the place of a stage", () => {
    const contexts = new Set(["deps", "base"]);
    expect(names(FILE, undefined, { contexts })).toEqual(["assets", "final"]);
    const { target } = select(FILE, "deps", { contexts });
    expect(show(target.base)).toBe("deps");
    expect(target.stage.instructions).toEqual([]);
  });

  it("runs the triggers of the base, and needs what they need", () => {
    const text = `FROM scratch AS tools
FROM scratch AS parent
ONBUILD COPY --from=tools /a /a
FROM parent AS child
RUN true
`;
    expect(names(text)).toEqual(["tools", "parent", "child"]);
    const { target } = select(text);
    expect(target.triggers.map(({ kind }) => kind)).toEqual(["copy"]);
    expect(show(target.sources.get("tools"))).toBe("stage 0");
    expect(names(text, "parent")).toEqual(["parent"]);
  });

  it("takes in triggers found in the config of an image", () => {
    const text = "FROM scratch AS tools\nFROM golang:onbuild\n";
    const triggers = new Map([[1, [parseTrigger("COPY --from=tools /a /a")]]]);
    expect(names(text)).toEqual([1]);
    expect(names(text, undefined, { triggers })).toEqual(["tools", 1]);
  });

  it.each([
    ["the target", FILE, "fnial", "unknown-stage", 'no stage is called "fnial"; did you mean final?'],
    ["a number", FILE, "9", "unknown-stage", 'no stage is called "9"'],
    [
      "COPY",
      "FROM scratch\nCOPY --from=3 a b\n",
      undefined,
      "unknown-stage",
      "Dockerfile:2: no stage has number 3",
    ],
    [
      "itself",
      "FROM scratch AS a\nCOPY --from=a a b\n",
      undefined,
      "stage-order",
      'Dockerfile:2: stage "a" needs itself',
    ],
    ["its number", "FROM scratch\nCOPY --from=0 a b\n", undefined, "stage-order", 'stage "0" needs itself'],
    [
      "a later stage",
      "FROM scratch AS a\nRUN --mount=from=b,target=/b true\nFROM a AS b\n",
      undefined,
      "stage-order",
      'Dockerfile:2: stage "b" is defined later, on line 3',
    ],
    ["FROM", "FROM ${NONE}\n", undefined, "expansion", 'Dockerfile:1: FROM: "${NONE}" is empty'],
    ["a bad word", "FROM ${NONE\n", undefined, "expansion", "Dockerfile:1: "],
  ])("refuses %s", (_what, text, target, code, message) => {
    expect(() => select(text, target)).toThrow(message);
    expect(() => select(text, target)).toThrow(expect.objectContaining({ code }) as Error);
    expect(() => select(text, target)).toThrow(DockerfileError);
  });

  it("does not look at stages the target does not need", () => {
    const text = "FROM scratch AS a\nFROM scratch AS b\nCOPY --from=b x y\n";
    expect(names(text, "a")).toEqual(["a"]);
  });

  it("follows a chain of thousands of stages", () => {
    const chain = Array.from({ length: 5000 }, (_, index) => `FROM s${index} AS s${index + 1}\n`);
    expect(names(`FROM scratch AS s0\n${chain.join("")}`)).toHaveLength(5001);
  });
});

describe("suggestStage", () => {
  it("names the stage that is nearest", () => {
    expect(suggestStage(parseDockerfile(FILE), "asets")).toBe("assets");
    expect(suggestStage(parseDockerfile(FILE), "ghcr.io/x/y")).toBeUndefined();
  });
});
