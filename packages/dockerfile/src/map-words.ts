import type { Instruction } from "./instruction.ts";
import { parseMount } from "./parse-mount.ts";

/** What to do with the words of an instruction that variables are replaced in. */
export interface WordMap {
  /** One word to one word. */
  word(text: string): string;
  /** One word to any number: EXPOSE. */
  words(text: string): readonly string[];
  /** The body of a COPY or ADD heredoc whose delimiter is not quoted. */
  body(text: string): string;
}

/**
 * The instruction with its words replaced. Only those the Dockerfile reference names: nothing in the
 * commands of RUN, CMD, ENTRYPOINT and HEALTHCHECK, which belong to the shell, nor in SHELL, ONBUILD,
 * MAINTAINER, `--from` and `--exclude`.
 */
export function mapWords<T extends Instruction>(instruction: T, map: WordMap): T {
  return { ...instruction, ...mapped(instruction, map) };
}

function mapped(instruction: Instruction, map: WordMap): Partial<Instruction> {
  switch (instruction.kind) {
    case "add":
    case "copy":
      return mapTransfer(instruction, map);
    case "arg":
      return { args: instruction.args.map(({ name, value }) => ({ name, value: mapMaybe(value, map) })) };
    case "env":
    case "label":
      return {
        pairs: instruction.pairs.map(({ key, value }) => ({ key: map.word(key), value: map.word(value) })),
      };
    case "expose":
      return { ports: instruction.ports.flatMap((port) => map.words(port)) };
    case "run":
      return { mounts: instruction.mounts.map(({ raw }) => parseMount(raw, (word) => map.word(word))) };
    case "stopsignal":
      return { signal: map.word(instruction.signal) };
    case "user":
      return { user: map.word(instruction.user) };
    case "volume":
      return { paths: instruction.paths.map((path) => map.word(path)) };
    case "workdir":
      return { path: map.word(instruction.path) };
    case "cmd":
    case "entrypoint":
    case "healthcheck":
    case "maintainer":
    case "onbuild":
    case "shell":
      return {};
    default:
      return instruction satisfies never;
  }
}

function mapTransfer(
  instruction: Extract<Instruction, { kind: "add" | "copy" }>,
  map: WordMap,
): Partial<Instruction> {
  const shared = {
    sources: instruction.sources.map((source) => map.word(source)),
    heredocSources: instruction.heredocSources.map((heredoc) =>
      heredoc.expand ? { ...heredoc, content: map.body(heredoc.content) } : heredoc,
    ),
    destination: map.word(instruction.destination),
    chown: mapMaybe(instruction.chown, map),
    chmod: mapMaybe(instruction.chmod, map),
  };
  return instruction.kind === "add" ? { ...shared, checksum: mapMaybe(instruction.checksum, map) } : shared;
}

function mapMaybe(word: string | undefined, map: WordMap): string | undefined {
  return word === undefined ? undefined : map.word(word);
}
