import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import type { Scanner } from "../scanner.ts";
import type { StreamGit } from "./git.ts";
import { MAX_TEXT_BYTES, textOf } from "./readable.ts";

/** Never through a link, and never waiting for a pipe that took the place of a file. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** Files read at the same time. */
const WIDTH = 16;

/** The files that git tracks below a folder, as they lie there now. */
export async function scanWorktree(
  scanner: Scanner,
  root: string,
  git: StreamGit,
  signal: AbortSignal,
): Promise<void> {
  const paths = tracked(git, signal);
  const work = async (): Promise<void> => {
    for await (const path of paths) {
      signal.throwIfAborted();
      await scanFile(scanner, root, path);
    }
  };
  await Promise.all(Array.from({ length: WIDTH }, work));
}

/** Paths as bytes: a name need not be UTF-8 to hold a secret. */
async function* tracked(git: StreamGit, signal: AbortSignal): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0);
  for await (const chunk of git(["ls-files", "-z", "--cached"], signal)) {
    rest = Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf(0); end !== -1; end = rest.indexOf(0)) {
      yield rest.subarray(0, end);
      rest = rest.subarray(end + 1);
    }
  }
}

async function scanFile(scanner: Scanner, root: string, name: Buffer): Promise<void> {
  const path = name.toString("utf8");
  const read = beginning(Buffer.concat([Buffer.from(join(root, "/")), name]));
  if (read === "not a file") return;
  if (read === "unreadable") return scanner.skip("unreadable", path);
  const text = textOf(read.bytes);
  if (text === undefined) return scanner.skip("binary", path);
  if (read.cut) scanner.skip("cut", path);
  if (text !== "") await scanner.scan({ where: { kind: "file", path }, text });
}

type Beginning = { readonly bytes: Buffer; readonly cut: boolean } | "not a file" | "unreadable";

/** At once: a turn through the thread pool for each call would take longer than reading does. */
function beginning(path: Buffer): Beginning {
  let file;
  try {
    file = openSync(path, FLAGS);
    const stat = fstatSync(file);
    // A submodule is a folder here, with secrets of its own repository.
    if (!stat.isFile()) return "not a file";
    const bytes = Buffer.allocUnsafe(Math.min(stat.size, MAX_TEXT_BYTES));
    const length = readSync(file, bytes, 0, bytes.length, 0);
    return { bytes: bytes.subarray(0, length), cut: stat.size > length };
  } catch (error) {
    return whyNot(error as NodeJS.ErrnoException);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Links hold a path; what git tracks and somebody has deleted holds nothing. */
function whyNot({ code }: NodeJS.ErrnoException): "not a file" | "unreadable" {
  return code === "ELOOP" || code === "ENOENT" || code === "ENOTDIR" ? "not a file" : "unreadable";
}
