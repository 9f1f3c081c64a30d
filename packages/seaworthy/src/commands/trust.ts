import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type Trust, parseTrustedRoot, publicTrust } from "@seaworthy/evidence";
import { CliError } from "../error.ts";
import type { Machine } from "../machine/machine.ts";

/** A trusted root from a file, else that of the public sigstore; read with the first certificate that is met. */
export function trustOf(
  { cwd, cacheDir }: Pick<Machine, "cwd" | "cacheDir">,
  file: string | undefined,
): Trust {
  let root: ReturnType<Trust> | undefined;
  return () =>
    (root ??= file === undefined ? publicTrust({ cacheDir: join(cacheDir, "tuf") }) : read(cwd, file));
}

async function read(cwd: string, file: string): ReturnType<Trust> {
  const bytes = await readFile(resolve(cwd, file)).catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === "ENOENT" ? "not there" : cause.message;
    throw new CliError("usage", `trusted root ${file}: ${why}`, { cause });
  });
  return parseTrustedRoot(bytes, file);
}
