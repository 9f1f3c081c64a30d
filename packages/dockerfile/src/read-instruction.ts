import { blame } from "./blame.ts";
import { DockerfileError } from "./error.ts";
import { Flags } from "./flags.ts";
import type { Input, Reader } from "./input.ts";
import type { FromInstruction, Instruction, OnbuildInstruction } from "./instruction.ts";
import { quote } from "./quote.ts";
import { CMD, ENTRYPOINT, HEALTHCHECK, RUN, SHELL } from "./read-command.ts";
import { FROM } from "./read-from.ts";
import { ADD, COPY } from "./read-transfer.ts";
import { EXPOSE, MAINTAINER, STOPSIGNAL, USER, VOLUME, WORKDIR } from "./read-value.ts";
import { ARG, ENV, LABEL } from "./read-variables.ts";
import { innerClause } from "./statement.ts";
import type { Clause, Statement } from "./statement.ts";
import { nearest } from "./suggest.ts";

const READERS: Readonly<Record<string, Reader<FromInstruction | Instruction>>> = {
  ADD,
  ARG,
  CMD,
  COPY,
  ENTRYPOINT,
  ENV,
  EXPOSE,
  FROM,
  HEALTHCHECK,
  LABEL,
  MAINTAINER,
  RUN,
  SHELL,
  STOPSIGNAL,
  USER,
  VOLUME,
  WORKDIR,
};

const KEYWORDS: readonly string[] = [...Object.keys(READERS), "ONBUILD"];

/** The instruction a statement stands for. Errors carry the range of the part to blame. */
export function readInstruction(statement: Statement): FromInstruction | Instruction {
  return blame(statement.range, () => readClause(statement, statement));
}

function readClause(clause: Clause, statement: Statement): FromInstruction | Instruction {
  const keyword = clause.keyword.toUpperCase();
  if (keyword === "ONBUILD") return readOnbuild(clause, statement);
  const reader = Object.hasOwn(READERS, keyword) ? READERS[keyword] : undefined;
  if (reader === undefined) throw unknown(clause, statement);
  return reader.read(toInput(clause, statement, reader));
}

function toInput(clause: Clause, statement: Statement, { flags }: Pick<Reader<unknown>, "flags">): Input {
  const { range, source, line, heredocs, escape } = statement;
  const keyword = clause.keyword.toUpperCase();
  return {
    keyword,
    rest: clause.rest,
    flags: new Flags(keyword, clause.flags, flags, ({ start, end }) => statement.place(start, end)),
    heredocs,
    escape,
    base: { range, source, line },
  };
}

function unknown({ keyword, keywordAt }: Clause, statement: Statement): DockerfileError {
  const near = nearest(keyword, KEYWORDS);
  return new DockerfileError(
    "unknown-instruction",
    `unknown instruction ${quote(keyword)}${near === undefined ? "" : `; did you mean ${near}?`}`,
    {
      range: statement.place(keywordAt, keywordAt + keyword.length),
      ...(near === undefined ? { hint: `the instructions are ${KEYWORDS.toSorted().join(", ")}` } : {}),
    },
  );
}

const FORBIDDEN_TRIGGERS = new Set(["ONBUILD", "FROM", "MAINTAINER"]);

function readOnbuild(clause: Clause, statement: Statement): OnbuildInstruction {
  const { base, rest } = toInput(clause, statement, { flags: {} });
  const inner = innerClause(clause, statement.line, statement.escape);
  if (rest === "" || inner === clause) {
    throw new DockerfileError("syntax", "ONBUILD: expected an instruction, found nothing");
  }
  if (FORBIDDEN_TRIGGERS.has(inner.keyword.toUpperCase())) {
    throw new DockerfileError("syntax", `ONBUILD: ${inner.keyword.toUpperCase()} cannot be a trigger`);
  }
  const bodies = statement.heredocs.map(({ name, content }) => `\n${content}${name}`);
  return {
    ...base,
    kind: "onbuild",
    expression: rest + bodies.join(""),
    // FROM was refused above.
    instruction: readClause(inner, statement) as Instruction,
  };
}
