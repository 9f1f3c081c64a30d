import type { Dockerfile, Stage } from "../dockerfile.ts";
import { isLiteral } from "../literal.ts";
import { parsePorts } from "../ports.ts";
import { quote } from "../quote.ts";
import { inherit } from "./bases.ts";
import type { Finding, Rule } from "./rule.ts";

const jsonArgs: Rule = {
  name: "JSONArgsRecommended",
  description: "in shell form the shell gets the signals, and the program is killed instead of stopped",
  *check(file) {
    for (const { stage, base } of inherit(
      file,
      (own, inherited: boolean = false) => inherited || setsShell(own),
    )) {
      let hasShell = base ?? false;
      for (const instruction of stage.instructions) {
        hasShell ||= instruction.kind === "shell";
        if (instruction.kind !== "cmd" && instruction.kind !== "entrypoint") continue;
        // Who chose a shell wants one.
        if (hasShell || instruction.form === "exec") continue;
        const keyword = instruction.kind.toUpperCase();
        yield {
          message: `${keyword} in shell form does not pass on signals; use a JSON list`,
          range: instruction.range,
        };
      }
    }
  },
};

function setsShell({ instructions }: Stage): boolean {
  return instructions.some(({ kind }) => kind === "shell");
}

const usedOnce: Rule = {
  name: "MultipleInstructionsDisallowed",
  description: "only the last CMD, ENTRYPOINT and HEALTHCHECK of a stage counts",
  *check({ stages }) {
    for (const { instructions } of stages) {
      for (const kind of ["cmd", "entrypoint", "healthcheck"] as const) {
        const all = instructions.filter((instruction) => instruction.kind === kind);
        for (const { range } of all.slice(0, -1)) {
          yield { message: `this ${kind.toUpperCase()} has no effect, a later one replaces it`, range };
        }
      }
    }
  },
};

const maintainer: Rule = {
  name: "MaintainerDeprecated",
  description: "labels took its place",
  *check({ stages }) {
    for (const { kind, range } of stages.flatMap(({ instructions }) => instructions)) {
      if (kind !== "maintainer") continue;
      yield { message: "MAINTAINER is deprecated; use LABEL org.opencontainers.image.authors=…", range };
    }
  },
};

const relativeWorkdir: Rule = {
  name: "WorkdirRelativePath",
  description: "without an absolute WORKDIR before it, the place depends on the base image",
  *check(file) {
    for (const { stage, base } of inherit(
      file,
      (own, inherited: boolean = false) => inherited || setsWorkdir(own),
    )) {
      let anchored = base ?? false;
      for (const instruction of stage.instructions) {
        if (instruction.kind !== "workdir") continue;
        if (!anchored && !isAnchor(instruction.path)) {
          const message = `WORKDIR ${quote(instruction.path)} is relative, and no absolute one stands before it`;
          yield { message, range: instruction.range };
        }
        anchored ||= isAnchor(instruction.path);
      }
    }
  },
};

function setsWorkdir({ instructions }: Stage): boolean {
  return instructions.some((instruction) => instruction.kind === "workdir" && isAnchor(instruction.path));
}

/** A variable may well hold an absolute path. */
function isAnchor(path: string): boolean {
  return /^["']?[/$]/.test(path);
}

const ports: Rule = {
  name: "ExposeInvalidFormat",
  description: "EXPOSE names ports of the container; addresses and host ports belong to docker run",
  *check(file) {
    for (const { word, range } of exposeWords(file)) {
      if (!parsePorts(word).mapped) continue;
      yield { message: `EXPOSE ${quote(word)} holds an address or a host port, which means nothing`, range };
    }
  },
};

const protocolCasing: Rule = {
  name: "ExposeProtoCasing",
  description: "protocols are written in lower case",
  *check(file) {
    for (const { word, range } of exposeWords(file)) {
      const { protocol } = parsePorts(word);
      if (protocol === protocol.toLowerCase()) continue;
      yield { message: `EXPOSE ${quote(word)}: the protocol is not in lower case`, range };
    }
  },
};

function* exposeWords({ stages }: Dockerfile): Iterable<{ word: string; range: Finding["range"] }> {
  for (const instruction of stages.flatMap(({ instructions }) => instructions)) {
    if (instruction.kind !== "expose") continue;
    for (const word of instruction.ports) {
      if (isLiteral(word)) yield { word, range: instruction.range };
    }
  }
}

const emptyContinuation: Rule = {
  name: "NoEmptyContinuation",
  description: "a blank line inside an instruction looks like its end; Docker will refuse it one day",
  *check(_file, statements) {
    for (const { blankLines } of statements.values()) {
      for (const line of blankLines) {
        const place = { line, column: 1 };
        yield { message: "blank line between continuation lines", range: { start: place, end: place } };
      }
    }
  },
};

const instructionCasing: Rule = {
  name: "ConsistentInstructionCasing",
  description: "instructions read best in one case",
  *check(_file, statements) {
    const all = [...statements.values()];
    const upper = all.filter(({ keyword }) => keyword === keyword.toUpperCase()).length;
    const lower = all.filter(({ keyword }) => keyword === keyword.toLowerCase()).length;
    for (const { keyword, range } of all) {
      const wanted = lower > upper ? keyword.toLowerCase() : keyword.toUpperCase();
      if (keyword !== wanted)
        yield { message: `${quote(keyword)}: the others are written as ${wanted}`, range };
    }
  },
};

export const COMMAND_RULES: readonly Rule[] = [
  jsonArgs,
  usedOnce,
  maintainer,
  relativeWorkdir,
  ports,
  protocolCasing,
  emptyContinuation,
  instructionCasing,
];
