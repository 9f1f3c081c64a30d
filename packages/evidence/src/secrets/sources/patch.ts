import { MAX_TEXT_BYTES } from "./readable.ts";

/** What one commit adds to one file. */
export interface Added {
  readonly commit: string;
  readonly path: string;
  readonly text: string;
  /** Where each line of the text stands in the file. */
  readonly lines: readonly number[];
  readonly binary: boolean;
  readonly cut: boolean;
}

/** A longer line is cut; git's own lines are shorter. */
const MAX_LINE = MAX_TEXT_BYTES;
const HUNK = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/;

interface Open {
  readonly path: string;
  readonly texts: string[];
  readonly lines: number[];
  bytes: number;
  binary: boolean;
  cut: boolean;
}

/**
 * Reads `git log -p --format='commit %H'`. Lines of a hunk are counted as its head says, so no content is taken for a
 * head: neither `+++ b/x` nor `commit …` in a file.
 */
export async function* readPatches(output: AsyncIterable<Uint8Array>): AsyncGenerator<Added> {
  let commit = "";
  let file: Open | undefined;
  let [removed, added, at] = [0, 0, 0];
  const done = function* (): Generator<Added> {
    if (file !== undefined && (file.lines.length > 0 || file.binary)) {
      const { path, texts, lines, binary, cut } = file;
      yield { commit, path, text: texts.join("\n"), lines, binary, cut };
    }
    file = undefined;
  };
  for await (const line of linesOf(output)) {
    const first = line[0];
    if (added > 0 && first === PLUS) {
      added -= 1;
      if (file !== undefined) add(file, line.subarray(1), at);
      at += 1;
    } else if (removed > 0 && first === MINUS) removed -= 1;
    else if (first === BACKSLASH) continue;
    else {
      const text = line.toString("utf8");
      const hunk = HUNK.exec(text);
      if (hunk !== null) {
        [removed, at, added] = [Number(hunk[1] ?? 1), Number(hunk[2]), Number(hunk[3] ?? 1)];
      } else if (text.startsWith("commit ")) {
        yield* done();
        commit = text.slice("commit ".length);
      } else if (text.startsWith("diff ")) yield* done();
      else if (text.startsWith("+++ ") && text !== "+++ /dev/null") file = opened(text.slice("+++ ".length));
    }
  }
  yield* done();
}

const [PLUS, MINUS, BACKSLASH] = [0x2b, 0x2d, 0x5c];

function opened(name: string): Open {
  const path = unquoted(name).replace(/^b\//, "");
  return { path, texts: [], lines: [], bytes: 0, binary: false, cut: false };
}

function add(file: Open, line: Buffer, at: number): void {
  if (file.binary) return;
  if (line.includes(0)) {
    file.binary = true;
    file.texts.length = 0;
    file.lines.length = 0;
  } else if (file.bytes + line.length > MAX_TEXT_BYTES) file.cut = true;
  else {
    file.bytes += line.length;
    file.texts.push(line.toString("utf8"));
    file.lines.push(at);
  }
}

/** git quotes names with control characters, quotes or backslashes as C does; a name with a blank ends in a tab. */
function unquoted(name: string): string {
  if (!name.startsWith('"')) return name.replace(/\t$/, "");
  const bytes = name
    .slice(1, name.lastIndexOf('"'))
    .replaceAll(/\\(?:([0-7]{3})|(.))/g, (_, octal, escaped) => {
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
      return ESCAPES[escaped as string] ?? (escaped as string);
    });
  return bytes;
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** Lines without their end; of one that is too long, the beginning. */
async function* linesOf(output: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let size = 0;
  for await (const piece of output) {
    const chunk = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    let from = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      keep(chunk.subarray(from, end));
      yield parts.length === 1 ? parts[0]! : Buffer.concat(parts);
      [parts, size, from] = [[], 0, end + 1];
    }
    keep(chunk.subarray(from));
  }
  if (size > 0) yield Buffer.concat(parts);

  function keep(part: Buffer): void {
    const kept = part.subarray(0, MAX_LINE - size);
    parts.push(kept);
    size += kept.length;
  }
}
