import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import type { TarItem } from "@seaworthy/oci";

const PROGRAMS = {
  "bin/sh": "/bin/sh",
  "bin/sleep": "/bin/sleep",
  "bin/cat": "/bin/cat",
  "usr/bin/perl": "/usr/bin/perl",
};

function librariesOf(program: string): readonly string[] {
  const text = execFileSync("ldd", [program], { encoding: "utf8" });
  return [...text.matchAll(/(\/[^\s]+)\s+\(0x/g)].map(([, path]) => path!.slice(1));
}

/** Debian keeps the modules that Perl cannot do without in one folder. */
function modules(): readonly string[] {
  const strict = execFileSync("perl", ["-Mstrict", "-e", "print $INC{'strict.pm'}"], { encoding: "utf8" });
  const folder = dirname(strict);
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(1));
}

function file(path: string, content: Uint8Array, mode: number): TarItem {
  return {
    entry: { path, type: "file", mode, uid: 0, gid: 0, mtime: 0, size: content.length },
    content: [content],
  };
}

/** A shell and Perl out of this machine, as the layer of an image; `files` are added. */
export function smallRoot(files: Readonly<Record<string, string>> = {}): readonly TarItem[] {
  const programs = Object.entries(PROGRAMS);
  const paths = new Set([...programs.flatMap(([, path]) => librariesOf(path)), ...modules()]);
  return [
    ...programs.map(([path, from]) => file(path, readFileSync(realpathSync(from)), 0o755)),
    ...[...paths].map((path) => file(path, readFileSync(`/${path}`), 0o755)),
    ...Object.entries(files).map(([path, text]) => file(path, Buffer.from(text), 0o755)),
  ];
}
