import { blame } from "./blame.ts";
import { parseChmod } from "./chmod.ts";
import { DockerfileError } from "./error.ts";
import { parseHeredocMark, removeTabs } from "./heredoc.ts";
import type { HeredocMark } from "./heredoc.ts";
import type { Input, Reader } from "./input.ts";
import type { AddInstruction, CopyInstruction, HeredocSource } from "./instruction.ts";
import { isLiteral } from "./literal.ts";
import { parseJsonForm } from "./json-form.ts";
import { quote } from "./quote.ts";
import { splitBlanks } from "./space.ts";

const SHARED = { chown: "string", chmod: "string", link: "boolean", exclude: "list" } as const;

export const COPY: Reader<CopyInstruction> = {
  flags: { from: "string", ...SHARED, parents: "boolean" },
  read(input) {
    const from = input.flags.string("from");
    if (from !== undefined && !isLiteral(from)) throw variableInFrom(input, from);
    return {
      ...input.base,
      kind: "copy",
      ...readShared(input),
      from,
      parents: input.flags.boolean("parents") ?? false,
    };
  },
};

export const ADD: Reader<AddInstruction> = {
  flags: { ...SHARED, checksum: "string", "keep-git-dir": "boolean", unpack: "boolean" },
  read(input) {
    const shared = readShared(input);
    const checksum = input.flags.string("checksum");
    if (checksum !== undefined && shared.sources.length !== 1) {
      throw new DockerfileError(
        "invalid-value",
        `ADD --checksum: expected one source, found ${shared.sources.length}`,
      );
    }
    return {
      ...input.base,
      kind: "add",
      ...shared,
      checksum,
      keepGitDir: input.flags.boolean("keep-git-dir"),
      unpack: input.flags.boolean("unpack"),
    };
  },
};

function variableInFrom({ flags }: Input, from: string): DockerfileError {
  return new DockerfileError(
    "invalid-value",
    `COPY --from: variables are not expanded here, found ${quote(from)}`,
    {
      range: flags.range("from"),
      hint: "add a stage, FROM with the variable AS name, and copy from that name",
    },
  );
}

function readShared(input: Input) {
  const { flags } = input;
  return {
    ...readPaths(input),
    chown: flags.string("chown"),
    chmod: readChmod(input),
    link: flags.boolean("link") ?? false,
    exclude: flags.list("exclude").map(({ value }) => value),
  };
}

function readChmod({ flags }: Input): string | undefined {
  const chmod = flags.string("chmod");
  if (chmod !== undefined && isLiteral(chmod)) blame(flags.range("chmod")!, () => parseChmod(chmod));
  return chmod;
}

function readPaths(input: Input) {
  const { keyword, rest } = input;
  const words = parseJsonForm(rest) ?? splitBlanks(rest);
  const destination = words.at(-1);
  if (words.length < 2 || destination === undefined) {
    throw new DockerfileError(
      "syntax",
      `${keyword}: expected a source and a destination, found ${quote(rest)}`,
    );
  }
  const sources: string[] = [];
  const heredocSources: HeredocSource[] = [];
  for (const word of words.slice(0, -1)) {
    const mark = parseHeredocMark(word);
    if (word === "<<" || word === "<<-") throw spaceInMark(keyword, word);
    if (mark === undefined) sources.push(word);
    else heredocSources.push(readHeredoc(input, mark));
  }
  if (parseHeredocMark(destination) !== undefined) {
    throw new DockerfileError("syntax", `${keyword}: the destination is missing after ${quote(destination)}`);
  }
  return { sources, heredocSources, destination };
}

function spaceInMark(keyword: string, word: string): DockerfileError {
  return new DockerfileError("syntax", `${keyword}: expected a name right after ${word}`, {
    hint: `write it as ${word}EOF, without a space`,
  });
}

function readHeredoc({ keyword, heredocs }: Input, { name, expand, chomp }: HeredocMark): HeredocSource {
  if (name.includes("/") || name === "." || name === "..") {
    throw new DockerfileError(
      "invalid-value",
      `${keyword}: expected a file name after <<, found ${quote(name)}`,
      {
        hint: "the destination says where the file goes",
      },
    );
  }
  const body = heredocs.findLast((heredoc) => heredoc.name === name);
  if (body === undefined) {
    throw new DockerfileError("syntax", `${keyword}: heredoc <<${name} has no body`, {
      hint: "a line with an unclosed quote, or a JSON list, cannot announce a heredoc",
    });
  }
  return { name, content: chomp ? removeTabs(body.content) : body.content, expand };
}
